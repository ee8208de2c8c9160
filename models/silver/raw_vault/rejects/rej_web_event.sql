{{ automate_dv_spark.rejected_events(
    stage="hstg_shop__web_event",
    link="nh_link_web_event",
    key="web_event_hk",
    columns=[
        "customer_hk",
        "product_hk",
        "promotion_hk",
        "web_event_bk",
        "event_type",
        "web_session_bk",
        "coupon_bk",
        "basket_bk",
        "occurred_at",
    ],
) }}
