{#- A relation given as model name, {source: table} or relation. -#}
{% macro relation_of(name) -%}
    {%- if name is string -%}
        {{- return(ref(name)) -}}
    {%- elif name is mapping and name.identifier is not defined -%}
        {#- A relation counts as a mapping, too; AutomateDV's own entry points give one. -#}
        {{- return(source(name | list | first, name.values() | first)) -}}
    {%- endif -%}
    {{- return(name) -}}
{%- endmacro %}
