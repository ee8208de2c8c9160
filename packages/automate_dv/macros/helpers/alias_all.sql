{% macro alias_all(columns=none, prefix=none) -%}
    {{- return(adapter.dispatch('alias_all', 'automate_dv')(columns=columns, prefix=prefix)) -}}
{%- endmacro %}
