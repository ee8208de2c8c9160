{{ automate_dv.link(
    src_pk="user_plan_hk",
    src_fk=["user_hk", "subscription_hk", "subscription_plan_hk"],
    src_extra_columns=["subscription_item_bk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model=["hstg_membership__subscription", "hstg_billing__subscription_item"]
) }}
