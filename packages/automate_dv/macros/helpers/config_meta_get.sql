{% macro config_meta_get(key, default=none) -%}
    {{- return(automate_dv_spark.setting(key, default)) -}}
{%- endmacro %}
