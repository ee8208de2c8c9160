{{ automate_dv.nh_link(
    src_pk="web_event_hk",
    src_fk=["customer_hk", "product_hk", "promotion_hk"],
    src_payload=[
        "web_event_bk",
        "event_type",
        "web_session_bk",
        "coupon_bk",
        "basket_bk",
    ],
    src_eff="occurred_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_shop__web_event"
) }}
