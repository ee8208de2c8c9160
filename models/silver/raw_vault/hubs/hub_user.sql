{{ automate_dv.hub(
    src_pk="user_hk",
    src_nk="user_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=[
        "hstg_membership__user",
        "hstg_membership__subscription",
        "hstg_billing__customer",
        "hstg_billing__subscription",
        "hstg_billing__event",
        "hstg_engage__event",
    ]
) }}
