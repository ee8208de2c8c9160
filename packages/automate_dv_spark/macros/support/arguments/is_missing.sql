{#- What AutomateDV takes for "not given": none, undefined, an empty string, list or mapping; also a list of nothing else. -#}
{% macro is_missing(value) -%}
    {%- if value is undefined or value is none or value in ['', [], {}] -%}
        {{- return(true) -}}
    {%- elif value is string or value is mapping or value is not sequence -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- for item in value if not automate_dv_spark.is_missing(item) -%}
        {{- return(false) -}}
    {%- endfor -%}
    {{- return(true) -}}
{%- endmacro %}
