{#- A relation under an alias; with --empty or --sample it is a subquery, which already has one. -#}
{% macro aliased(relation, alias) -%}
    {%- set is_limited = (relation.limit is defined and relation.limit is not none)
        or (relation.event_time_filter is defined and relation.event_time_filter is not none) -%}
    {{- '(select * from ' ~ relation ~ ')' if is_limited else relation }} as {{ alias -}}
{%- endmacro %}
