{{ automate_dv.eff_sat(
    src_pk="customer_promotion_hk",
    src_dfk="customer_hk",
    src_sfk="promotion_hk",
    src_start_date="valid_from",
    src_end_date="valid_to",
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__campaign_target"
) }}
