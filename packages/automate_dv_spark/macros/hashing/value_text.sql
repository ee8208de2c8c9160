{#-
    A value as text. Spark's own cast writes decimals and floats differently by ANSI mode and Java release, and timestamps
    in the session's time zone; with hash_stable_types: decimals in plain notation and full scale, floats with 15
    significant digits, timestamps in UTC with microseconds, binary in hexadecimal digits.

    Upper case turns every byte that is not text into the same character, so binary with such bytes, also within a variant, is
    written in hexadecimal digits. Where the type is not known at compile time, the condition is a constant that the optimiser
    removes.
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
    {%- elif is_upper and (not type or 'binary' in type or 'variant' in type) -%}
        {%- set text = 'cast(' ~ value ~ ' as string)' -%}
        if({{ "typeof(" ~ value ~ ") rlike 'binary|variant' and " if not type }}{{ text }} rlike '\uFFFD', hex({{ text }}), {{ text }})
    {%- else -%}
        cast({{ value }} as string)
    {%- endif -%}
{%- endmacro %}
