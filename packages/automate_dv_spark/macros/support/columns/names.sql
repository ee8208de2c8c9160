{% macro names(columns, prefix='') -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- do items.append((prefix ~ '.' if prefix else '') ~ column.alias) -%}
    {%- endfor -%}
    {{- return(items) -}}
{%- endmacro %}
