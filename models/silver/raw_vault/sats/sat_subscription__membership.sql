{{ automate_dv.sat(
    src_pk="subscription_hk",
    src_hashdiff="subscription_hd",
    src_payload=["status", "started_on", "is_deleted"],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_membership__subscription"
) }}
