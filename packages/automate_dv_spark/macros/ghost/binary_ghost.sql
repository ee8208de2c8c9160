{% macro spark__binary_ghost(alias=none, hash='MD5') -%}
    {{- automate_dv_spark.repeated_key('0') }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}
