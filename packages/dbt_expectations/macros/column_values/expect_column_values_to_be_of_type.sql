{% test expect_column_values_to_be_of_type(model, column_name, column_type) %}
{%- if execute -%}

{%- set types = {} -%}
{%- for column in dbt_expectations.columns_of(model, 'expect_column_values_to_be_of_type') -%}
    {%- do types.update({column.name | lower: column.dtype | lower | replace(' ', '')}) -%}
{%- endfor -%}
{%- set actual = types.get(column_name | replace('`', '') | lower, 'no such column') -%}

select
    {{ dbt_expectations.sql_string(column_name) }} as column_name,
    {{ dbt_expectations.sql_string(column_type) }} as expected_type,
    {{ dbt_expectations.sql_string(actual) }} as actual_type
where {{ actual != column_type | lower | replace(' ', '') }}

{%- endif -%}
{% endtest %}
