{% macro all_not_null(columns) -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- do items.append(column.source_column ~ ' is not null') -%}
    {%- endfor -%}
    {{- items | join(' and ') -}}
{%- endmacro %}
