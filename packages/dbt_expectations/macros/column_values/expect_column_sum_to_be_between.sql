{% test expect_column_sum_to_be_between(
    model, column_name, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False
) %}

{{ dbt_expectations.failing(
    model,
    'sum(' ~ column_name ~ ')',
    dbt_expectations.within(min_value, max_value, strictly),
    group_by,
    row_condition,
) }}

{% endtest %}
