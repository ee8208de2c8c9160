{#- Whether a row is open: its end is the day of max_datetime. -#}
{% macro is_open(column) -%}
to_date({{ column }}) = date'{{ var('max_datetime', '9999-12-31 23:59:59.999999')[:10] }}'
{%- endmacro %}
