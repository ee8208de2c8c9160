{#-
    Compares a measure of two tables, in one scan of each. A group that only one table has counts as 0 in the other, and
    null is a group like any other.
-#}
{% macro differing(
    model, expression, compare_model, compare_expression=none, group_by=none, compare_group_by=none,
    row_condition=none, compare_row_condition=none, tolerance=0.0, tolerance_percent=none
) %}

with

measured as (

    {{ dbt_expectations.measure(model, expression, group_by, row_condition) }}

),

compared as (

    {{ dbt_expectations.measure(
        compare_model,
        compare_expression or expression,
        compare_group_by or group_by,
        compare_row_condition or row_condition,
    ) }}

),

differences as (

    select
        {%- for group in group_by or [] %}
        coalesce(measured.col_{{ loop.index }}, compared.col_{{ loop.index }}) as col_{{ loop.index }},
        {%- endfor %}
        measured.expression,
        compared.expression as compare_expression,
        abs(coalesce(measured.expression, 0) - coalesce(compared.expression, 0)) as expression_difference
    from measured
    {%- if group_by %}
    full outer join compared
        on {% for group in group_by -%}
            measured.col_{{ loop.index }} <=> compared.col_{{ loop.index }}{{ ' and ' if not loop.last }}
        {%- endfor %}
    {%- else %}
    cross join compared
    {%- endif %}

)

select * from differences
{#- A product instead of a quotient: it holds for 0 and for negative values, too. #}
where expression_difference > {% if tolerance_percent -%}
    {{ tolerance_percent }} * abs(coalesce(expression, 0))
{%- else -%}
    {{ tolerance }}
{%- endif %}

{% endmacro %}
