{#- A setting of the model (config or meta), else the variable of that name, else what automate_dv_spark_rules says. -#}
{% macro setting(name, default=false) -%}
    {%- set value = config.get(name, none) -%}
    {%- if value is none -%}
        {%- set value = (config.get('meta', none) or {}).get(name, none) -%}
    {%- endif -%}
    {%- if value is none -%}
        {%- set value = var(name, none) -%}
    {%- endif -%}
    {%- if value is none -%}
        {%- set value = true if name in automate_dv_spark.safe_rules() else default -%}
    {%- endif -%}
    {{- return(value) -}}
{%- endmacro %}
