{% macro max_datetime() -%}
    {{- return(adapter.dispatch('max_datetime', 'automate_dv')()) -}}
{%- endmacro %}
