{#- What AutomateDV takes for "not given": none, undefined, an empty string, list or mapping. -#}
{% macro is_missing(value) -%}
    {{- return(value is undefined or value is none or value in ['', [], {}]) -}}
{%- endmacro %}
