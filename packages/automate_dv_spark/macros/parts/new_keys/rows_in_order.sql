{#- CTE in_order: the rows of each key with their place, 1 for the row that wins. -#}
{% macro rows_in_order(relation, key, order) -%}
in_order as (

    select
        *,
        row_number() over (
            partition by {{ automate_dv_spark.names(key) | join(', ') }}
            order by {{ automate_dv_spark.names(order) | join(', ') }}
        ) as place_in_key
    from {{ relation }}

),
{%- endmacro %}
