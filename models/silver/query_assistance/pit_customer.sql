{{ automate_dv.pit(
    src_pk="customer_hk",
    as_of_dates_table="as_of_day",
    satellites={
        "sat_customer__crm_demographics": {"pk": {"hk": "customer_hk"}, "ldts": {"load_dts": "load_dts"}},
        "sat_customer__crm_contact": {"pk": {"hk": "customer_hk"}, "ldts": {"load_dts": "load_dts"}},
    },
    stage_tables_ldts={
        "sat_customer__crm_demographics": "load_dts",
        "sat_customer__crm_contact": "load_dts",
    },
    src_ldts="load_dts",
    source_model="hub_customer"
) }}
