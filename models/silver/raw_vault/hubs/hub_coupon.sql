{{ automate_dv.hub(
    src_pk="coupon_hk",
    src_nk="coupon_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=["hstg_marketing__coupon", "hstg_marketing__coupon_redemption"]
) }}
