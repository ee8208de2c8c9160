{% macro rank_columns(columns=none) -%}
    {{- return(adapter.dispatch('rank_columns', 'automate_dv')(columns=columns)) -}}
{%- endmacro %}
