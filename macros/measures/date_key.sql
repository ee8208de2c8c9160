{#- The key of dim_date for a day or a time: the digits of the day. -#}
{% macro date_key(day) -%}
cast(date_format({{ day }}, 'yyyyMMdd') as int)
{%- endmacro %}
