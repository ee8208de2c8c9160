{#-
    AutomateDV's recipe, byte for byte: each column cast to text, trimmed, upper-cased, blank to null; several joined with
    concat_string, null replaced by null_placeholder_string; the result an upper-case hex string, or binary.

    `types` gives the columns' types by lower-case name, `known` how their names are written. The text of a value depends
    on its type for binary, and with hash_stable_types.
-#}
{% macro spark__hash(columns=none, alias=none, is_hashdiff=false, columns_to_escape=none, types=none, known={}) -%}
    {{- automate_dv_spark.require_arguments('hash', {'columns': columns}) -}}
    {%- set placeholder = var('null_placeholder_string', '^^') -%}
    {%- set separator = var('concat_string', '||') -%}
    {%- set escaped = columns_to_escape or [] -%}
    {%- if columns is string -%}
        {%- set input = automate_dv_spark.hash_input(columns, escaped, types, known, is_hashdiff) -%}
    {%- else -%}
        {%- set ordered = columns | sort if is_hashdiff and columns | length > 1 else columns -%}
        {%- set parts = [] -%}
        {%- for column in ordered -%}
            {%- set text = automate_dv_spark.hash_input(column, escaped, types, known, is_hashdiff) -%}
            {%- if var('hash_escapes_delimiters', false) -%}
                {%- set text = automate_dv_spark.without_delimiters(text, separator, placeholder) -%}
            {%- endif -%}
            {%- do parts.append('coalesce(' ~ text ~ ", '" ~ placeholder ~ "')") -%}
        {%- endfor -%}
        {%- set joined = parts | join(" || '" ~ separator ~ "' || ") -%}
        {%- if is_hashdiff -%}
            {%- set input = joined -%}
        {%- else -%}
            {#- A key whose columns are all null is null. -#}
            {%- set all_null = ([placeholder] * (columns | length)) | join(separator) -%}
            {%- set input = 'nullif(' ~ joined ~ ", '" ~ all_null ~ "')" -%}
        {%- endif -%}
    {%- endif -%}
    {{- automate_dv_spark.hash_function(input) }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}
