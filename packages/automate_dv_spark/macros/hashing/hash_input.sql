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
    {%- if modules.re.search('(geography|geometry)[(]', type) -%}
        {{ automate_dv_spark.argument_error(
            'hash', 'the column ' ~ column ~ ' is of type ' ~ type ~ ', which has no text. Hash its bytes: a derived column st_asbinary('
            ~ column ~ ').'
        ) }}
    {%- endif -%}
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
