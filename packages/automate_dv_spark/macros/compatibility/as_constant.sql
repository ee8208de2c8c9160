{% macro spark__as_constant(column_str) -%}
    {%- if not column_str or column_str is not string -%}
        {{ automate_dv_spark.argument_error('as_constant', 'a column name or !constant is needed. Got: ' ~ column_str) }}
    {%- endif -%}
    {{- return("'" ~ column_str[1:] ~ "'" if column_str[:1] == '!' else column_str) -}}
{%- endmacro %}
