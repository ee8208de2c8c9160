{{ automate_dv.sat(
    src_pk="customer_hk",
    src_hashdiff="customer_demographics_hd",
    src_payload=[
        "age_band",
        "income_band",
        "home_ownership",
        "marital_status",
        "household_size",
        "household_composition",
        "kids_count",
    ],
    src_eff="profile_updated_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_crm__customer"
) }}
