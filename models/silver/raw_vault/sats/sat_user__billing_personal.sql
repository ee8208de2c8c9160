{{ automate_dv.sat(
    src_pk="user_hk",
    src_hashdiff="user_personal_hd",
    src_payload=[
        "full_name",
        "email",
        "phone",
        "address_line_1",
        "address_line_2",
        "postal_code",
        "city",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__customer"
) }}
