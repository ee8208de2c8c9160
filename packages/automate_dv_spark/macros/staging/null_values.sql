{#- The replacement for nulls of each column, by lower-case name. -#}
{% macro null_values(null_columns) -%}
    {%- set values = {} -%}
    {%- for kind, columns in null_columns.items() -%}
        {%- set kind = kind | lower -%}
        {%- if kind not in ['required', 'optional'] -%}
            {{ automate_dv_spark.argument_error('stage', 'null_columns knows required and optional. Got: ' ~ kind) }}
        {%- endif -%}
        {%- for column in automate_dv_spark.column_list(columns) -%}
            {%- do values.update({
                automate_dv_spark.plain_name(column.alias) | lower: var('null_key_' ~ kind, '-1' if kind == 'required' else '-2')
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(values) -}}
{%- endmacro %}
