{% test expect_column_value_lengths_to_equal(model, column_name, value, row_condition=None) %}

{{ dbt_expectations.failing(
    model,
    'length(' ~ column_name ~ ')',
    'expression = ' ~ value,
    row_condition=row_condition,
) }}

{% endtest %}
