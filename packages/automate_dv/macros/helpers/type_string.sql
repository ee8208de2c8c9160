{% macro type_string() -%}
    {{- return(adapter.dispatch('type_string', 'automate_dv')()) -}}
{%- endmacro %}
