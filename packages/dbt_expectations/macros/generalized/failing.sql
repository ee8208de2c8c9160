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
