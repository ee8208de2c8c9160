{% macro config_meta_require(key) -%}
    {{- return(automate_dv_spark.required_setting('model', key)) -}}
{%- endmacro %}
