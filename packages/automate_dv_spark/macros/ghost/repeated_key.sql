{#- A hash key of one repeated hex digit, in the type that computed keys have. -#}
{% macro repeated_key(digit) -%}
{{ 'x' if var('enable_native_hashes', false) }}'{{ digit * automate_dv_spark.hash_length() }}'
{%- endmacro %}
