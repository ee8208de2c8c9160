{{ automate_dv.sat(
    src_pk="subscription_plan_hk",
    src_hashdiff="subscription_plan_hd",
    src_payload=["billing_product_bk", "plan_name", "is_active"],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__product"
) }}
