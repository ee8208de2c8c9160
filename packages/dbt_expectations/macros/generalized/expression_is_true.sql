{% test expression_is_true(model, expression, test_condition="= true", group_by_columns=None, row_condition=None) %}

{{ dbt_expectations.failing(
    model,
    expression,
    'expression' if test_condition == '= true' else 'expression ' ~ test_condition,
    group_by_columns,
    row_condition,
) }}

{% endtest %}
