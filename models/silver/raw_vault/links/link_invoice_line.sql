{{ automate_dv.link(
    src_pk="invoice_line_hk",
    src_fk=["invoice_hk", "subscription_hk", "price_hk"],
    src_extra_columns=["invoice_line_bk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__invoice_line"
) }}
