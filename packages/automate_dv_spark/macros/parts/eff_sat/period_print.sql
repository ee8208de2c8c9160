{#- Fingerprint of a row of a relationship, whenever it was loaded. One is enough among the rows of one relationship. -#}
{% macro period_print(start, eff, end) -%}
xxhash64({{ start }}, {{ eff }}, if({{ automate_dv_spark.is_open(end) }}, null, {{ end }}))
{%- endmacro %}
