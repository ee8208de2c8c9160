{{ automate_dv.link(
    src_pk="coupon_promotion_hk",
    src_fk=["coupon_hk", "promotion_hk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__coupon"
) }}
