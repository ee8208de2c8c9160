{% macro alias(alias_config=none, prefix=none) -%}
    {{- return(adapter.dispatch('alias', 'automate_dv')(alias_config=alias_config, prefix=prefix)) -}}
{%- endmacro %}
