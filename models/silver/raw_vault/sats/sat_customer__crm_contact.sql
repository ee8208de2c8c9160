{{ automate_dv.sat(
    src_pk="customer_hk",
    src_hashdiff="customer_contact_hd",
    src_payload=[
        "first_name",
        "last_name",
        "email",
        "phone",
    ],
    src_eff="contact_updated_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_crm__customer"
) }}
