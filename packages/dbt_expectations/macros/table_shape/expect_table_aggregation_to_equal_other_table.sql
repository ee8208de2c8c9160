{% test expect_table_aggregation_to_equal_other_table(
    model, expression, compare_model, compare_expression=None, group_by=None, compare_group_by=None,
    row_condition=None, compare_row_condition=None, tolerance=0.0, tolerance_percent=None
) %}

{{ dbt_expectations.differing(
    model,
    expression,
    compare_model,
    compare_expression,
    group_by,
    compare_group_by,
    row_condition,
    compare_row_condition,
    tolerance,
    tolerance_percent,
) }}

{% endtest %}
