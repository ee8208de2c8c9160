{#- The key that every dimension has for "unknown": the zero key. -#}
{% macro unknown_key() -%}
'00000000000000000000000000000000'
{%- endmacro %}
