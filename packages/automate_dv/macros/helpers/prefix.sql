{% macro prefix(columns=none, prefix_str=none, alias_target='source') -%}
    {{- return(adapter.dispatch('prefix', 'automate_dv')(
        columns=columns, prefix_str=prefix_str, alias_target=alias_target
    )) -}}
{%- endmacro %}
