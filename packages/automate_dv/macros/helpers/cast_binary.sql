{% macro cast_binary(column_str=none, alias=none, quote=true) -%}
    {{- return(adapter.dispatch('cast_binary', 'automate_dv')(column_str=column_str, alias=alias, quote=quote)) -}}
{%- endmacro %}
