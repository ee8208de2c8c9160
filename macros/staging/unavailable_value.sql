{#- What Debezium writes for a large value (TOAST) that a change left out, since it had not changed: its own default. -#}
{% macro unavailable_value() -%}
'__debezium_unavailable_value'
{%- endmacro %}
