{% macro check_required_parameters() -%}
    {{- automate_dv_spark.require_arguments('model', kwargs) -}}
{%- endmacro %}
