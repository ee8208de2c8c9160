{% macro multikey(columns=none, prefix=none, condition=none, operator='AND') -%}
    {{- return(adapter.dispatch('multikey', 'automate_dv')(
        columns=columns, prefix=prefix, condition=condition, operator=operator
    )) -}}
{%- endmacro %}
