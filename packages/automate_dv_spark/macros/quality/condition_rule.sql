{#- The rows for which the condition of a problem holds; all conditions in one scan of the table. -#}
{% macro condition_rule(model, key, conditions) -%}
select
    explode(array_compact(array(
        {%- for problem, condition in conditions.items() %}
        if({{ condition }}, '{{ problem }}', null){{ ',' if not loop.last }}
        {%- endfor %}
    ))) as problem,
    {{ automate_dv_spark.key_text(key) }} as hash_key,
    1 as row_count
from {{ model }}
{%- endmacro %}
