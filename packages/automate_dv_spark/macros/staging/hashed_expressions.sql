{% macro hashed_expressions(hashed_columns, source_columns, escaped, types, known={}) -%}
    {%- set expressions = {} -%}
    {%- for name, value in hashed_columns.items() -%}
        {%- set columns = value -%}
        {%- set is_hashdiff = false -%}
        {%- if value is mapping -%}
            {%- if not value.is_hashdiff and execute -%}
                {%- do exceptions.warn(
                    'stage in model ' ~ model.name ~ ': ' ~ name ~ " has 'columns' but no 'is_hashdiff'; a key is given as a list."
                ) -%}
            {%- endif -%}
            {%- set columns = value.columns -%}
            {%- set is_hashdiff = value.is_hashdiff or false -%}
            {%- if value.exclude_columns -%}
                {#- Candidates are the source's columns; derived ones are never part of such a hashdiff. -#}
                {%- set left_out = [] -%}
                {%- for column in automate_dv_spark.column_list(value.columns) -%}
                    {%- do left_out.append(automate_dv_spark.plain_name(column.alias) | lower) -%}
                {%- endfor -%}
                {%- set columns = [] -%}
                {%- for column in source_columns if column | lower not in left_out -%}
                    {%- do columns.append(column) -%}
                {%- endfor -%}
                {#- A source that does not exist yet has no columns. -#}
                {%- set columns = columns if source_columns else ['!'] -%}
            {%- endif -%}
        {%- endif -%}
        {%- if automate_dv_spark.is_missing(columns) -%}
            {{ automate_dv_spark.argument_error('stage', 'the hashed column ' ~ name ~ ' is made of no column.') }}
        {%- endif -%}
        {%- do expressions.update({
            automate_dv_spark.quoted_name(name):
                automate_dv_spark.spark__hash(columns, none, is_hashdiff, escaped, types, known)
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}
