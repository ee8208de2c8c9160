{% macro spark__alias_all(columns=none, prefix=none) -%}
    {%- if columns is undefined or columns is none -%}
        {{ automate_dv_spark.argument_error('alias_all', 'a column or a list of columns is needed.') }}
    {%- endif -%}
    {{- automate_dv_spark.select_list(automate_dv_spark.column_list(columns, quote=false), prefix or '', ', ') -}}
{%- endmacro %}
