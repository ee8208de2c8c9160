{% macro expression_list(expressions) -%}
    {%- set items = [] -%}
    {%- for name, expression in expressions.items() -%}
        {%- do items.append(expression ~ ' as ' ~ name) -%}
    {%- endfor -%}
    {{- items | join(',\n') -}}
{%- endmacro %}
