{{ automate_dv.link(
    src_pk="price_plan_hk",
    src_fk=["price_hk", "subscription_plan_hk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__price"
) }}
