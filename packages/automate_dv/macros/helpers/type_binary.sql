{% macro type_binary(for_dbt_compare=false) -%}
    {{- return(adapter.dispatch('type_binary', 'automate_dv')(for_dbt_compare=for_dbt_compare)) -}}
{%- endmacro %}
