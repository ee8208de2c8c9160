{#- What dbt's own materialisations do around the load, for ours. -#}
{#- Whether the table is made anew: it is not there, it is no table, or a full refresh is asked for. -#}
{% macro is_made_anew(existing) -%}
    {{- return(existing is none or existing.type != 'table' or should_full_refresh()) -}}
{%- endmacro %}
