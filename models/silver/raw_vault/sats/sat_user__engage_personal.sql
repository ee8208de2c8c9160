{{ automate_dv.sat(
    src_pk="user_hk",
    src_hashdiff="user_engage_personal_hd",
    src_payload=["engage_user_bk", "email", "time_zone"],
    src_eff="occurred_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_engage__event"
) }}
