{#- The source columns of derived columns that are to be escaped, wherever they are hashed. -#}
{% macro escaped_columns(derived_columns) -%}
    {%- set escaped = [] -%}
    {%- for name, value in derived_columns.items() if value is mapping and value.escape -%}
        {%- do escaped.append(name) -%}
        {%- do escaped.extend([value.source_column] if value.source_column is string else value.source_column) -%}
    {%- endfor -%}
    {{- return(escaped) -}}
{%- endmacro %}
