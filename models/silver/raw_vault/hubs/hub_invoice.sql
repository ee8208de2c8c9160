{{ automate_dv.hub(
    src_pk="invoice_hk",
    src_nk="invoice_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=["hstg_billing__invoice", "hstg_billing__invoice_line", "hstg_billing__credit_note_line"]
) }}
