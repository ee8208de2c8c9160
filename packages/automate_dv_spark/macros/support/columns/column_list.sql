{#-
    Strings, lists, {source_column, alias} mappings and none, flattened to a list of {source_column, alias}, both as SQL. A
    source column with an alias may be a constant (!text) or an expression; `quote` false leaves names as they are written.
-#}
{% macro column_list(columns, quote=true) -%}
    {%- set flat = [] -%}
    {%- if automate_dv_spark.is_missing(columns) -%}
    {%- elif columns is string -%}
        {%- if columns[:1] == '!' and quote -%}
            {{ automate_dv_spark.argument_error(
                'column', 'the constant ' ~ columns ~ " needs a name: write {source_column: '" ~ columns ~ "', alias: <column>}."
            ) }}
        {%- endif -%}
        {%- set name = automate_dv_spark.quoted_name(columns) if quote else columns -%}
        {%- do flat.append({'source_column': name, 'alias': name}) -%}
    {%- elif columns is mapping -%}
        {%- if not columns.source_column or not columns.alias -%}
            {{ automate_dv_spark.argument_error('column', 'a mapping needs source_column and alias. Got: ' ~ columns) }}
        {%- elif not quote -%}
            {%- do flat.append({'source_column': columns.source_column, 'alias': columns.alias}) -%}
        {%- else -%}
            {%- set source = automate_dv_spark.spark__as_constant(columns.source_column) -%}
            {%- do flat.append({
                'source_column': source if automate_dv_spark.is_expression(source) else automate_dv_spark.quoted_name(source),
                'alias': automate_dv_spark.quoted_name(columns.alias)
            }) -%}
        {%- endif -%}
    {%- else -%}
        {%- for column in columns -%}
            {%- do flat.extend(automate_dv_spark.column_list(column, quote)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(flat) -}}
{%- endmacro %}
