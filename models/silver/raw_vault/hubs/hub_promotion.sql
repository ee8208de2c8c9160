{{ automate_dv.hub(
    src_pk="promotion_hk",
    src_nk="promotion_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=[
        "hstg_marketing__campaign",
        "hstg_marketing__campaign_target",
        "hstg_marketing__coupon",
        "hstg_marketing__coupon_redemption",
        "hstg_shop__web_event",
        "hstg_engage__event",
        "hstg_scoring__score",
    ]
) }}
