{#- The steps as CTEs. The columns of a relation that does not exist yet are unknown: then all are selected. -#}
{% macro step_sql(relation, steps) -%}
with

source_data as (

    select * from {{ relation }}

)
{%- for step in steps[1:] %},

{{ step.name }} as (

    select
        {%- for column in step.kept if steps[0].columns %}
        {{ column }},
        {%- endfor %}
        {%- if not steps[0].columns %}
        *,
        {%- endif %}
        {%- for column, expression in step.expressions.items() %}
        {{ expression }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ steps[loop.index0].name }}

)
{%- endfor %}
{%- endmacro %}
