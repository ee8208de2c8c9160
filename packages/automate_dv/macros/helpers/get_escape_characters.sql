{% macro get_escape_characters() -%}
    {{- return(adapter.dispatch('get_escape_characters', 'automate_dv')()) -}}
{%- endmacro %}
