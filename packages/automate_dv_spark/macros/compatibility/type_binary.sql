{% macro spark__type_binary(for_dbt_compare=false) -%}
{{ 'binary' if var('enable_native_hashes', false) else 'string' }}
{%- endmacro %}
