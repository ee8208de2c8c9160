{#- Whether the table is rebuilt: it does not exist, it is not a table, or a full refresh is asked for. -#}
{% macro is_rebuilt(existing) -%}
    {{- return(existing is none or existing.type != 'table' or should_full_refresh()) -}}
{%- endmacro %}
