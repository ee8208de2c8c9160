{{ automate_dv.hub(
    src_pk="price_hk",
    src_nk="price_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=["hstg_billing__price", "hstg_billing__invoice_line"]
) }}
