{{ automate_dv.hub(
    src_pk="subscription_hk",
    src_nk="subscription_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=["hstg_membership__subscription", "hstg_billing__subscription", "hstg_billing__invoice_line"]
) }}
