{{ automate_dv.link(
    src_pk="customer_promotion_hk",
    src_fk=["customer_hk", "promotion_hk"],
    src_extra_columns=["targeted_at"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__campaign_target"
) }}
