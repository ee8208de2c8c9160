{% test expect_table_row_count_to_equal(model, value, group_by=None, row_condition=None) %}

{{ dbt_expectations.failing(model, 'count(*)', 'expression = ' ~ value, group_by, row_condition) }}

{% endtest %}
