{% macro required_setting(materialisation, name) -%}
    {%- set value = automate_dv_spark.setting(name, none) -%}
    {%- if automate_dv_spark.is_missing(value) -%}
        {{ automate_dv_spark.argument_error(materialisation, 'the config ' ~ name ~ ' is missing.') }}
    {%- endif -%}
    {{- return(value) -}}
{%- endmacro %}
