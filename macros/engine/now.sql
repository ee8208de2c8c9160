{#- The moment against which age is measured: var('now'), or the wall clock where it is empty. -#}
{% macro now() -%}
{{ "timestamp'" ~ var('now') ~ "'" if var('now') else 'current_timestamp()' }}
{%- endmacro %}
