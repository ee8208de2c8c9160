{% macro binary_ghost(alias=none, hash='MD5') -%}
    {{- return(adapter.dispatch('binary_ghost', 'automate_dv')(alias=alias, hash=hash)) -}}
{%- endmacro %}
