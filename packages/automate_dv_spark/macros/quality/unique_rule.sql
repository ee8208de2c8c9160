{#- Values that occur in several rows although the columns should be unique together. -#}
{% macro unique_rule(model, key, columns) -%}
    {%- set columns = automate_dv_spark.names(automate_dv_spark.column_list(columns)) -%}
select
    '{{ columns | join(', ') }} is not unique' as problem,
    min({{ automate_dv_spark.key_text(key) }}) as hash_key,
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- endmacro %}
