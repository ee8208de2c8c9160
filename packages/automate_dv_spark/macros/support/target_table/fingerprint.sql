{#- A 64-bit fingerprint of columns. Where two rows meet by fingerprint alone a second one is compared, too: 128 bits. -#}
{% macro fingerprint(columns, prefix='') -%}
xxhash64({{ automate_dv_spark.names(columns, prefix) | join(', ') }})
{%- endmacro %}
