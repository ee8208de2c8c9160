{% test expect_table_row_count_to_be_between(
    model, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False
) %}

{{ dbt_expectations.failing(
    model,
    'count(*)',
    dbt_expectations.within(min_value, max_value, strictly),
    group_by,
    row_condition,
) }}

{% endtest %}
