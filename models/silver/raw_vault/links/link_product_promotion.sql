{{ automate_dv.link(
    src_pk="product_promotion_hk",
    src_fk=["product_hk", "promotion_hk", "coupon_hk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__coupon"
) }}
