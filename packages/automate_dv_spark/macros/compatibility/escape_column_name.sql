{% macro spark__escape_column_name(column) -%}
    {%- if column[:1] == "'" and column[-1:] == "'" -%}
        {{- return(column) -}}
    {%- endif -%}
    {%- set left = var('escape_char_left', '`') or '`' -%}
    {%- set right = var('escape_char_right', '`') or '`' -%}
    {{- return(left ~ (column | replace(left, '') | replace(right, '') | trim) ~ right) -}}
{%- endmacro %}
