{{ automate_dv.sat(
    src_pk="user_hk",
    src_hashdiff="user_personal_hd",
    src_payload=["full_name", "email", "biography"],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_membership__user"
) }}
