{{ automate_dv_spark.rts(
    src_pk="customer_hk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_crm__customer"
) }}
