{% test expect_table_row_count_to_equal_other_table(
    model, compare_model, group_by=None, compare_group_by=None, factor=1, row_condition=None, compare_row_condition=None
) %}

{#- Delta answers a bare count(*) from its log, without reading a file. -#}
{{ dbt_expectations.differing(
    model,
    'count(*)',
    compare_model,
    'count(*)' if factor == 1 else 'count(*) * ' ~ factor,
    group_by,
    compare_group_by,
    row_condition,
    compare_row_condition,
) }}

{% endtest %}
