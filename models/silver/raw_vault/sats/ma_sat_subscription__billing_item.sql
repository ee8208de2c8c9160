{{ automate_dv.ma_sat(
    src_pk="subscription_hk",
    src_cdk=["subscription_item_bk"],
    src_hashdiff="subscription_item_hd",
    src_payload=[
        "price_bk",
        "quantity",
        "item_position",
        "is_removed",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__subscription_item"
) }}
