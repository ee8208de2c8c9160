{#- As in AutomateDV, a text with parentheses is an expression; a column with such a name has to be given in quotes. -#}
{% macro is_expression(text) -%}
    {{- return('(' in text and ')' in text and text[0] != '`') -}}
{%- endmacro %}
