{#- `=` per value instead of `in`: `in` would turn the whole column into text where only the values are text. -#}
{% test expect_column_values_to_be_in_set(model, column_name, value_set, quote_values=True, row_condition=None) %}

{%- if not value_set -%}
    {{ exceptions.raise_compiler_error(
        "expect_column_values_to_be_in_set of " ~ column_name ~ ": value_set is empty; list the values allowed."
    ) }}
{%- endif -%}
{%- set matches = [] -%}
{%- for value in value_set -%}
    {%- do matches.append('expression = ' ~ (dbt_expectations.sql_string(value) if quote_values else value)) -%}
{%- endfor -%}

{{ dbt_expectations.failing(
    model,
    column_name,
    'coalesce(' ~ matches | join(' or ') ~ ', false)',
    row_condition=row_condition,
) }}

{% endtest %}
