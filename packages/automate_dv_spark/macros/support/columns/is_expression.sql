{#- As in AutomateDV, parentheses make an expression; a column with such a name is quoted by who names it. -#}
{% macro is_expression(text) -%}
    {{- return('(' in text and ')' in text and text[0] != '`') -}}
{%- endmacro %}
