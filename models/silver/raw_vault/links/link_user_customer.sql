{{ automate_dv.link(
    src_pk="user_customer_hk",
    src_fk=["user_hk", "customer_hk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_membership__user"
) }}
