{{ automate_dv.nh_link(
    src_pk="coupon_redemption_hk",
    src_fk=["customer_hk", "coupon_hk", "promotion_hk"],
    src_payload=[],
    src_eff="redeemed_on",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__coupon_redemption"
) }}
