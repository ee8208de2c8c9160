{% test expect_column_values_to_be_between(
    model, column_name, min_value=None, max_value=None, row_condition=None, strictly=False
) %}

{{ dbt_expectations.failing(
    model,
    column_name,
    dbt_expectations.within(min_value, max_value, strictly),
    row_condition=row_condition,
) }}

{% endtest %}
