{{ automate_dv.hub(
    src_pk="customer_hk",
    src_nk="customer_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=[
        "hstg_crm__customer",
        "hstg_pos__sale_line",
        "hstg_pos__return_line",
        "hstg_marketing__campaign_target",
        "hstg_marketing__coupon_redemption",
        "hstg_shop__web_event",
        "hstg_membership__user",
        "hstg_scoring__score",
    ]
) }}
