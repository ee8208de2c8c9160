{% test expect_column_values_to_not_be_null(model, column_name, row_condition=None) %}

{{ dbt_expectations.failing(model, column_name, 'expression is not null', row_condition=row_condition) }}

{% endtest %}
