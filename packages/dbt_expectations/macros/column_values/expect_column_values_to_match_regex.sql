{% test expect_column_values_to_match_regex(model, column_name, regex, row_condition=None, is_raw=False, flags="") %}

{{ dbt_expectations.failing(
    model,
    column_name,
    'expression rlike ' ~ dbt_expectations.regex_literal(regex, is_raw, flags),
    row_condition=row_condition,
) }}

{% endtest %}
