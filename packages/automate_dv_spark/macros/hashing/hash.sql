{#-
    AutomateDV's recipe, byte for byte: each column cast to text, trimmed, upper-cased, blank to null; several joined with
    concat_string, null replaced by null_placeholder_string; the result an upper-case hex string.
-#}
{% macro spark__hash(columns=none, alias=none, is_hashdiff=false, columns_to_escape=none) -%}
    {%- set placeholder = var('null_placeholder_string', '^^') -%}
    {%- set separator = var('concat_string', '||') -%}
    {%- if columns is string -%}
        {%- set input = automate_dv_spark.hash_input(columns) -%}
    {%- else -%}
        {%- set ordered = columns | sort if is_hashdiff and columns | length > 1 else columns -%}
        {%- set parts = [] -%}
        {%- for column in ordered -%}
            {%- do parts.append('coalesce(' ~ automate_dv_spark.hash_input(column) ~ ", '" ~ placeholder ~ "')") -%}
        {%- endfor -%}
        {%- set joined = parts | join(" || '" ~ separator ~ "' || ") -%}
        {%- if is_hashdiff -%}
            {%- set input = joined -%}
        {%- else -%}
            {#- A key of nothing but nulls is no key. -#}
            {%- set all_null = ([placeholder] * (columns | length)) | join(separator) -%}
            {%- set input = 'nullif(' ~ joined ~ ", '" ~ all_null ~ "')" -%}
        {%- endif -%}
    {%- endif -%}
    {{- automate_dv_spark.hash_function(input) }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}


{% macro hash_input(column) -%}
    {%- set casing = var('hash_content_casing', 'upper') | lower -%}
    {%- if casing not in ['upper', 'disabled'] -%}
        {{ exceptions.raise_compiler_error("hash_content_casing is '" ~ casing ~ "'; it can be upper or disabled.") }}
    {%- endif -%}
    {%- set value = "'" ~ column[1:] ~ "'" if column.startswith('!') else column -%}
    {%- set text = 'trim(cast(' ~ value ~ ' as string))' -%}
    nullif({{ 'upper(' ~ text ~ ')' if casing == 'upper' else text }}, '')
{%- endmacro %}


{% macro hash_function(input) -%}
    {%- set algorithm = var('hash', 'MD5') | lower -%}
    {%- if algorithm == 'sha' -%}
upper(sha2({{ input }}, 256))
    {%- elif algorithm == 'sha1' -%}
upper(sha1({{ input }}))
    {%- else -%}
        {%- if algorithm != 'md5' -%}
            {%- do exceptions.warn("hash is '" ~ algorithm ~ "', which is none of MD5, SHA, SHA1: MD5 is taken.") -%}
        {%- endif -%}
upper(md5({{ input }}))
    {%- endif -%}
{%- endmacro %}
