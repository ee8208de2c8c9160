{#-
    One row per row, or per group, that breaks a rule, with the value that broke it. The value is named `expression`,
    and `condition` speaks of it. A null condition passes, as in every SQL check.
-#}
{% macro failing(model, expression, condition, group_by=none, row_condition=none) %}

with

measured as (

    {{ dbt_expectations.measure(model, expression, group_by, row_condition) }}

)

select * from measured
where not ({{ condition }})

{% endmacro %}


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


{#- A condition on `expression`; bounds are SQL, so that a date, a function or a subquery can be one. -#}
{% macro within(min_value, max_value, strictly) -%}
    {%- if min_value is none and max_value is none -%}
        {{ exceptions.raise_compiler_error("A test with bounds has none: give it min_value, max_value or both.") }}
    {%- endif -%}
    {%- set equal = '' if strictly else '=' -%}
    {%- set bounds = [] -%}
    {%- if min_value is not none -%}{%- do bounds.append('expression >' ~ equal ~ ' ' ~ min_value) -%}{%- endif -%}
    {%- if max_value is not none -%}{%- do bounds.append('expression <' ~ equal ~ ' ' ~ max_value) -%}{%- endif -%}
    {{- bounds | join(' and ') -}}
{%- endmacro %}
