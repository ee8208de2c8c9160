{{ automate_dv.bridge(
    src_pk="customer_hk",
    as_of_dates_table="as_of_month_end",
    bridge_walk={
        "customer_promotion": {
            "bridge_link_pk": "customer_promotion_hk",
            "bridge_end_date": "targeting_valid_to",
            "bridge_load_date": "targeting_applied_dts",
            "link_table": "link_customer_promotion",
            "link_pk": "customer_promotion_hk",
            "link_fk1": "customer_hk",
            "link_fk2": "promotion_hk",
            "eff_sat_table": "eff_sat_customer_promotion__marketing",
            "eff_sat_pk": "customer_promotion_hk",
            "eff_sat_end_date": "valid_to",
            "eff_sat_load_date": "applied_dts",
        },
        "coupon_promotion": {
            "bridge_link_pk": "coupon_promotion_hk",
            "bridge_end_date": "coupon_valid_to",
            "bridge_load_date": "coupon_applied_dts",
            "link_table": "link_coupon_promotion",
            "link_pk": "coupon_promotion_hk",
            "link_fk1": "promotion_hk",
            "link_fk2": "coupon_hk",
            "eff_sat_table": "bv_coupon_promotion__effectivity",
            "eff_sat_pk": "coupon_promotion_hk",
            "eff_sat_end_date": "valid_to",
            "eff_sat_load_date": "applied_dts",
        },
    },
    stage_tables_ldts={
        "eff_sat_customer_promotion__marketing": "applied_dts",
        "bv_coupon_promotion__effectivity": "applied_dts",
    },
    src_ldts="load_dts",
    source_model="hub_customer"
) }}
