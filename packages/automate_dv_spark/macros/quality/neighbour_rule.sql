{#- The rows that have the hashdiff of the row before them. -#}
{% macro neighbour_rule(model, key, neighbours) -%}
select
    'a row repeats the row before it' as problem,
    {{ automate_dv_spark.key_text(key) }} as hash_key,
    1 as row_count
from (
    select
        *,
        lag({{ neighbours.hashdiff }}) over (
            partition by {{ automate_dv_spark.names(automate_dv_spark.column_list(key)) | join(', ') }}
            order by {{ neighbours.ldts }}
        ) as previous_hashdiff
    from {{ model }}
) as in_order
where {{ neighbours.hashdiff }} = previous_hashdiff
{%- endmacro %}
