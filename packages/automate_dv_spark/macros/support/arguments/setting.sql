{#- A setting of the model (config or meta), else the variable of that name, else what automate_dv_spark_rules says. -#}
{% macro setting(name, default=false) -%}
    {%- set value = config.get(name, none) -%}
    {%- if automate_dv_spark.is_missing(value) -%}
        {%- set value = (config.get('meta', none) or {}).get(name, none) -%}
    {%- endif -%}
    {%- if automate_dv_spark.is_missing(value) -%}
        {%- set value = var(name, none) -%}
    {%- endif -%}
    {%- if automate_dv_spark.is_missing(value) -%}
        {%- set value = true if name in automate_dv_spark.safe_rules() else default -%}
    {%- endif -%}
    {{- return(value) -}}
{%- endmacro %}
