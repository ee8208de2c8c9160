{{ automate_dv.sat(
    src_pk="user_hk",
    src_hashdiff="user_hd",
    src_payload=[
        "billing_customer_bk",
        "country",
        "currency",
        "is_deleted",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__customer"
) }}
