{{ automate_dv_spark.as_of_spine(
    start=var("as_of_from"),
    stop=as_of_until([
        ref("hub_customer"), ref("hub_product"), ref("sat_product__erp_description"), ref("sat_product__erp_price")
    ]),
    retention=[{"every": "month"}],
    time_zone=business_time_zone()
) }}
