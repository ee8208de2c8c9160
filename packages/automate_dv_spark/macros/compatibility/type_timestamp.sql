{% macro spark__type_timestamp() -%}
timestamp
{%- endmacro %}
