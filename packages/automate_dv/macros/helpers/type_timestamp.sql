{% macro type_timestamp() -%}
    {{- return(adapter.dispatch('type_timestamp', 'automate_dv')()) -}}
{%- endmacro %}
