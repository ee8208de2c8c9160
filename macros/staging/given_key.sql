{#- A business key, or where the source gave none the key of the unknown, by which the hashed stages replace it. -#}
{% macro given_key(column) -%}
coalesce({{ column }}, '{{ var('null_key_required', '-1') }}') as {{ column }}
{%- endmacro %}
