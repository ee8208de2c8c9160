{#- A condition over one or several key columns: `a.x = b.x and ...` with two prefixes, `a.x is not null and ...` with one. -#}
{% macro spark__multikey(columns, prefix=none, condition=none, operator='AND') -%}
    {%- set prefixes = [prefix] if prefix is string else prefix or [] -%}
    {%- set items = [] -%}
    {%- for column in automate_dv_spark.column_list(columns, quote=false) -%}
        {%- set left = (prefixes[0] ~ '.' if prefixes else '') ~ column.source_column -%}
        {%- if condition in ['=', '<>', '!='] and prefixes | length > 1 -%}
            {%- set left = prefixes[0] ~ '.' ~ column.alias -%}
            {%- do items.append(left ~ ' ' ~ condition ~ ' ' ~ prefixes[1] ~ '.' ~ column.source_column) -%}
        {%- else -%}
            {%- do items.append((left ~ ' ' ~ (condition or '')) | trim) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- items | join(' ' ~ operator ~ ' ') -}}
{%- endmacro %}
