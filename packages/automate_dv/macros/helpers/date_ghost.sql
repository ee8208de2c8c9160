{% macro date_ghost(date_type=none, alias=none) -%}
    {{- return(adapter.dispatch('date_ghost', 'automate_dv')(date_type=date_type, alias=alias)) -}}
{%- endmacro %}
