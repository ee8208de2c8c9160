{{ automate_dv_spark.as_of_spine(
    start=var("as_of_from"),
    stop=as_of_until([ref("hub_customer"), ref("rts_customer__crm")]),
    time_zone=business_time_zone()
) }}
