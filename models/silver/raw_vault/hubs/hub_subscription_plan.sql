{{ automate_dv.hub(
    src_pk="subscription_plan_hk",
    src_nk="subscription_plan_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=[
        "hstg_membership__plan",
        "hstg_membership__subscription",
        "hstg_billing__product",
        "hstg_billing__price",
        "hstg_billing__subscription_item",
    ]
) }}
