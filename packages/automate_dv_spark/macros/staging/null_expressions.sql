{#- The column as text with its null replaced, text on every engine and in both ANSI modes; the raw value as <column>_ORIGINAL. -#}
{% macro null_expressions(null_columns) -%}
    {%- set values = automate_dv_spark.null_values(null_columns) -%}
    {%- set expressions = {} -%}
    {%- for column in automate_dv_spark.column_list(null_columns.values() | list) -%}
        {%- set name = automate_dv_spark.plain_name(column.alias) -%}
        {%- do expressions.update({
            column.alias: 'coalesce(cast(' ~ column.alias ~ " as string), '" ~ values[name | lower] ~ "')",
            automate_dv_spark.quoted_name(name ~ '_ORIGINAL'): column.alias
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}
