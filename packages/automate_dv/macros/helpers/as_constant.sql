{% macro as_constant(column_str=none) -%}
    {{- return(adapter.dispatch('as_constant', 'automate_dv')(column_str=column_str)) -}}
{%- endmacro %}
