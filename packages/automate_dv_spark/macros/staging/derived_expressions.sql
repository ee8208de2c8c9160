{#-
    `nulls` are the columns whose nulls are replaced, with their values: a null in a joined key must keep its place, or
    (A, null, B) and (A, B, null) would be one key.
-#}
{% macro derived_expressions(derived_columns, known={}, nulls={}) -%}
    {%- set expressions = {} -%}
    {%- for name, value in derived_columns.items() -%}
        {%- set escape = value is mapping and value.escape -%}
        {%- set value = value.source_column if value is mapping else value -%}
        {%- if automate_dv_spark.is_missing(value) -%}
            {{ automate_dv_spark.argument_error('stage', 'the derived column ' ~ name ~ ' has no value.') }}
        {%- endif -%}
        {%- set parts = [] -%}
        {%- for part in ([value] if value is string else value) -%}
            {%- set plain = automate_dv_spark.plain_name(part) | lower -%}
            {%- set part = automate_dv_spark.spark__as_constant(part) -%}
            {%- set part = automate_dv_spark.spark__escape_column_name(part) if escape
                else automate_dv_spark.written_column(part, known) -%}
            {%- if value is not string and plain in nulls and var('null_columns_before_derived', true) -%}
                {%- set part = 'coalesce(cast(' ~ part ~ " as string), '" ~ nulls[plain] ~ "')" -%}
            {%- endif -%}
            {%- do parts.append(part) -%}
        {%- endfor -%}
        {%- do expressions.update({
            (automate_dv_spark.spark__escape_column_name(name) if escape else automate_dv_spark.quoted_name(name)):
                parts[0] if value is string else "concat_ws('||', " ~ parts | join(', ') ~ ')'
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}
