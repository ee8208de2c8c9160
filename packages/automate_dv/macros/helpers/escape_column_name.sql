{% macro escape_column_name(column=none) -%}
    {{- return(adapter.dispatch('escape_column_name', 'automate_dv')(column=column)) -}}
{%- endmacro %}
