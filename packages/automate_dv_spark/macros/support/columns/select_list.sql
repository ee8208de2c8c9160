{#- `source as alias, ...` of a column list, each with the prefix of its relation. -#}
{% macro select_list(columns, prefix='', separator=',\n        ') -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- set source = (prefix ~ '.' if prefix else '') ~ column.source_column -%}
        {%- do items.append(source if column.source_column == column.alias else source ~ ' as ' ~ column.alias) -%}
    {%- endfor -%}
    {{- items | join(separator) -}}
{%- endmacro %}
