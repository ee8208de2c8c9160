{{ automate_dv.sat(
    src_pk="invoice_line_hk",
    src_hashdiff="invoice_line_hd",
    src_payload=[
        "subscription_item_bk",
        "currency",
        "quantity",
        "amount_minor",
        "discount_minor",
        "tax_minor",
        "inclusive_tax_minor",
        "is_proration",
        "period_start_at",
        "period_end_at",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__invoice_line"
) }}
