{#- What to do when the SQL gains or loses columns; with a contract, as for dbt's incremental, it must be said. -#}
{% macro schema_change_rule() -%}
    {%- set rule = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
    {%- if config.get('contract').enforced and rule not in ['append_new_columns', 'fail'] -%}
        {{ automate_dv_spark.argument_error(
            model.config.materialized, 'on_schema_change is ' ~ rule ~ '; with an enforced contract it has to be append_new_columns or fail.'
        ) }}
    {%- endif -%}
    {{- return(rule) -}}
{%- endmacro %}
