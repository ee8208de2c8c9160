{% macro beginning_of_time() -%}
timestamp'1900-01-01 00:00:00'
{%- endmacro %}
