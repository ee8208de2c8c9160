{{ automate_dv.sat(
    src_pk="price_hk",
    src_hashdiff="price_hd",
    src_payload=[
        "currency",
        "unit_amount_minor",
        "interval_unit",
        "interval_count",
        "is_metered",
        "is_active",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__price"
) }}
