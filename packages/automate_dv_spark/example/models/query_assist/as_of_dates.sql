{{ config(materialized='table') }}

{{ automate_dv_spark.as_of_spine(start='2024-01-01', stop='2024-01-03', retention=[{'every': 'day'}]) }}
