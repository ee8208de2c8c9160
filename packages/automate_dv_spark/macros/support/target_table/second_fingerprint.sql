{% macro second_fingerprint(columns, prefix='') -%}
xxhash64(7, {{ automate_dv_spark.names(columns, prefix) | join(', ') }})
{%- endmacro %}
