{% macro escaped_names(columns=none) -%}
    {%- if columns == '' -%}
        {{ automate_dv_spark.argument_error('escape_column_names', 'a column or a list of columns is needed. Got an empty string.') }}
    {%- elif columns is string -%}
        {{- return(automate_dv_spark.spark__escape_column_name(columns)) -}}
    {%- elif columns is mapping and columns -%}
        {{- return({
            'source_column': automate_dv_spark.spark__escape_column_name(columns.source_column),
            'alias': automate_dv_spark.spark__escape_column_name(columns.alias)
        }) -}}
    {%- elif not columns -%}
        {{- return(columns) -}}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for column in automate_dv_spark.flat_list(columns) -%}
        {%- do names.append(automate_dv_spark.spark__escape_column_name(column)) -%}
    {%- endfor -%}
    {{- return(names) -}}
{%- endmacro %}
