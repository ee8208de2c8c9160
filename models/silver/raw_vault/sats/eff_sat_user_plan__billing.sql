{{ config(is_auto_end_dating=true) }}

{{ automate_dv.eff_sat(
    src_pk="user_plan_hk",
    src_dfk="subscription_item_bk",
    src_sfk=["user_hk", "subscription_plan_hk"],
    src_start_date="valid_from",
    src_end_date="valid_to",
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__subscription_item"
) }}
