{% macro null_ghost(data_type=none, alias=none) -%}
    {{- return(adapter.dispatch('null_ghost', 'automate_dv')(data_type=data_type, alias=alias)) -}}
{%- endmacro %}
