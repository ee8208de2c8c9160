{#- A relation under another name; with --empty or --sample it is a subquery that has a name already. -#}
{% macro aliased(relation, alias) -%}
    {%- set is_limited = (relation.limit is defined and relation.limit is not none)
        or (relation.event_time_filter is defined and relation.event_time_filter is not none) -%}
    {{- '(select * from ' ~ relation ~ ')' if is_limited else relation }} as {{ alias -}}
{%- endmacro %}
