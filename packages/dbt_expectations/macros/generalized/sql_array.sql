{% macro sql_array(values) -%}
array({% for value in values %}{{ dbt_expectations.sql_string(value) }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
