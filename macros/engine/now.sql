{#- The moment against which age is measured: var('as_known_at') or else var('now'), or the wall clock where both are empty. -#}
{% macro now() -%}
    {%- set moment = as_known_at() or var('now') -%}
{{ "timestamp'" ~ moment ~ "'" if moment else 'current_timestamp()' }}
{%- endmacro %}
