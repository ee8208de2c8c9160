{% macro hash_columns(columns=none, columns_to_escape=none) -%}
    {{- return(adapter.dispatch('hash_columns', 'automate_dv')(
        columns=columns, columns_to_escape=columns_to_escape
    )) -}}
{%- endmacro %}
