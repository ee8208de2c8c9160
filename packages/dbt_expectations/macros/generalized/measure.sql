{% macro measure(model, expression, group_by=none, row_condition=none) -%}
select
        {%- for group in group_by or [] %}
        {{ group }} as col_{{ loop.index }},
        {%- endfor %}
        {{ expression }} as expression
    from {{ model }}
    {%- if row_condition %}
    where {{ row_condition }}
    {%- endif %}
    {%- if group_by %}
    group by {{ group_by | join(', ') }}
    {%- endif %}
{%- endmacro %}
