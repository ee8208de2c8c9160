{% macro key_or_zero(key, at) -%}
if({{ at }} is null, {{ automate_dv_spark.repeated_key('0') }}, {{ key }})
{%- endmacro %}
