{{ automate_dv.sat(
    src_pk="promotion_hk",
    src_hashdiff="promotion_terms_hd",
    src_payload=[
        "campaign_type",
        "start_date",
        "end_date",
        "discount_terms",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__campaign"
) }}
