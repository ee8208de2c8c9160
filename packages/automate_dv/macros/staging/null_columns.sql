{% macro null_columns(source_relation=none, columns=none) -%}
    {{- return(adapter.dispatch('null_columns', 'automate_dv')(
        source_relation=source_relation, columns=columns
    )) -}}
{%- endmacro %}
