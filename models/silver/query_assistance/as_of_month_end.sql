{{ automate_dv_spark.as_of_spine(
    start=var("as_of_from"),
    stop=var("as_of_until"),
    retention=[{"every": "month"}]
) }}
