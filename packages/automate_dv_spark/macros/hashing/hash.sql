{#-
    AutomateDV's recipe, byte for byte: each column cast to text, trimmed, upper-cased, blank to null; several joined with
    concat_string, null replaced by null_placeholder_string; the result an upper-case hex string, or binary.

    `types` gives the columns' types by lower-case name, `known` how they are written. What a value's text is depends on its
    type where it is bytes, and with hash_stable_types.
-#}
{% macro spark__hash(columns=none, alias=none, is_hashdiff=false, columns_to_escape=none, types=none, known={}) -%}
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
            {#- A key of nothing but nulls is no key. -#}
            {%- set all_null = ([placeholder] * (columns | length)) | join(separator) -%}
            {%- set input = 'nullif(' ~ joined ~ ", '" ~ all_null ~ "')" -%}
        {%- endif -%}
    {%- endif -%}
    {{- automate_dv_spark.hash_function(input) }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}


{#-
    One column in the form in which it is hashed. Keys and hashdiffs have options of their own: hashkey_casing, hashkey_trim,
    hashkey_empty_is_null, and the same with hashdiff.
-#}
{% macro hash_input(column, escaped=[], types=none, known={}, is_hashdiff=false) -%}
    {%- set kind = 'hashdiff' if is_hashdiff else 'hashkey' -%}
    {%- set casing_name = kind ~ '_casing' if var(kind ~ '_casing', none) else 'hash_content_casing' -%}
    {%- set casing = var(casing_name, 'upper') | lower -%}
    {%- if casing not in ['upper', 'disabled'] -%}
        {{ automate_dv_spark.argument_error('hash', casing_name ~ " is '" ~ casing ~ "'; it can be upper or disabled.") }}
    {%- endif -%}
    {%- set value = automate_dv_spark.spark__as_constant(column) -%}
    {%- set type = 'string' if column[:1] == '!' else (types or {}).get(automate_dv_spark.plain_name(column) | lower, '') -%}
    {%- if column in escaped -%}
        {%- set value = automate_dv_spark.spark__escape_column_name(value) -%}
    {%- else -%}
        {%- set value = automate_dv_spark.written_column(value, known) -%}
    {%- endif -%}
    {%- set text = automate_dv_spark.value_text(value, type, casing == 'upper') -%}
    {%- set text = 'trim(' ~ text ~ ')' if var(kind ~ '_trim', true) else text -%}
    {%- set text = 'upper(' ~ text ~ ')' if casing == 'upper' else text -%}
    {{- "nullif(" ~ text ~ ", '')" if var(kind ~ '_empty_is_null', true) else text -}}
{%- endmacro %}


{#-
    A value as text. Spark's own cast writes decimals and floats as its ANSI mode and Java's release have it, and timestamps
    in the session's time zone; with hash_stable_types: decimals in plain notation and full scale, floats with 15
    significant digits, timestamps in UTC with microseconds, binary in hexadecimal digits.

    Upper case makes every byte that is no text the same character, so binary with such bytes is written in hexadecimal
    digits. Where the type is not known here, the condition is a constant that the optimiser removes.
-#}
{% macro value_text(value, type='', is_upper=true) -%}
    {%- set is_stable = var('hash_stable_types', false) -%}
    {%- if is_stable and type == 'binary' -%}
        hex({{ value }})
    {%- elif is_stable and type.startswith('decimal') -%}
        {%- set scale = type.split(',')[1].replace(')', '') | trim | int if ',' in type else 0 -%}
        format_number({{ value }}, '0{{ '.' ~ '0' * scale if scale }}')
    {%- elif is_stable and type in ['float', 'double', 'real'] -%}
        if({{ value }} is null, null, format_string('%.14e', cast({{ value }} as double)))
    {%- elif is_stable and type == 'timestamp' -%}
        date_format(to_utc_timestamp({{ value }}, current_timezone()), 'yyyy-MM-dd HH:mm:ss.SSSSSS')
    {%- elif is_stable and type == 'timestamp_ntz' -%}
        date_format({{ value }}, 'yyyy-MM-dd HH:mm:ss.SSSSSS')
    {%- elif is_upper and (not type or 'binary' in type) -%}
        {%- set text = 'cast(' ~ value ~ ' as string)' -%}
        if({{ "typeof(" ~ value ~ ") like '%binary%' and " if not type }}instr(upper({{ text }}), '\uFFFD') > 0, hex({{ text }}), {{ text }})
    {%- else -%}
        cast({{ value }} as string)
    {%- endif -%}
{%- endmacro %}


{#-
    Separator and placeholder inside a value get a backslash before their first character, and a backslash another one: then
    different values never give the same joined text.
-#}
{% macro without_delimiters(text, separator, placeholder) -%}
    {%- set firsts = [separator[:1]] + ([placeholder[:1]] if placeholder[:1] != separator[:1] else []) -%}
    {%- set ns = namespace(text="replace(" ~ text ~ ", '\\\\', '\\\\\\\\')") -%}
    {%- for first in firsts -%}
        {%- set ns.text = "replace(" ~ ns.text ~ ", '" ~ first ~ "', '\\\\" ~ first ~ "')" -%}
    {%- endfor -%}
    {{- ns.text -}}
{%- endmacro %}


{#- The hash function that the variable hash names. -#}
{% macro hash_function(input) -%}
    {%- set algorithm = var('hash', 'MD5') | lower -%}
    {%- if algorithm == 'sha' -%}
        {%- set digest = 'sha2(' ~ input ~ ', 256)' -%}
    {%- elif algorithm == 'sha1' -%}
        {%- set digest = 'sha1(' ~ input ~ ')' -%}
    {%- else -%}
        {%- if algorithm != 'md5' and execute -%}
            {%- do exceptions.warn("hash is '" ~ algorithm ~ "', which is none of MD5, SHA, SHA1: MD5 is taken.") -%}
        {%- endif -%}
        {%- set digest = 'md5(' ~ input ~ ')' -%}
    {%- endif -%}
    {%- set drill = var('hash_drill_length', none) -%}
    {%- set digest = 'left(' ~ digest ~ ', ' ~ drill ~ ')' if drill else digest -%}
    {{- 'unhex(' if var('enable_native_hashes', false) else 'upper(' }}{{ digest }})
{%- endmacro %}
