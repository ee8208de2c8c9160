{% macro spark__alias(alias_config=none, prefix=none) -%}
    {%- if not alias_config -%}
        {{ automate_dv_spark.argument_error('alias', 'a column or {source_column, alias} is needed. Got: ' ~ alias_config) }}
    {%- endif -%}
    {{- automate_dv_spark.select_list(automate_dv_spark.column_list(alias_config, quote=false), prefix or '') -}}
{%- endmacro %}
