{#- The name without quotes, to compare it with what the catalogue says. -#}
{% macro plain_name(name) -%}
    {%- set name = name | string -%}
    {%- if name | length > 1 and name[0] == '`' and name[-1] == '`' -%}
        {{- return(name[1:-1] | replace('``', '`')) -}}
    {%- endif -%}
    {{- return(name) -}}
{%- endmacro %}
