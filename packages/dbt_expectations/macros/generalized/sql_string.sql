{#- Values are data: an apostrophe or a backslash in one needs no care from whoever writes it in YAML. -#}
{% macro sql_string(value) -%}
'{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}


{% macro sql_array(values) -%}
array({% for value in values %}{{ dbt_expectations.sql_string(value) }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
