{#-
    Spark drops a single backslash from an ordinary string: '\d' would look for the letter d and nobody would notice.
    In a raw string an apostrophe cannot stand, but its code can.
-#}
{% macro regex_literal(regex, is_raw=False, flags="") -%}
    {%- set unknown = flags | reject('in', 'idmsuxU') | list -%}
    {%- if unknown -%}
        {{ exceptions.raise_compiler_error(
            "expect_column_values_to_match_regex: flags '" ~ flags ~ "' holds " ~ unknown | join(', ')
            ~ "; Spark knows i, d, m, s, u, x and U (Java's inline flags)."
        ) }}
    {%- endif -%}
    {%- set pattern = ('(?' ~ flags ~ ')' if flags else '') ~ regex -%}
    {%- if is_raw -%}
        r'{{ pattern | replace("'", "\\x27") }}'
    {%- elif '\\' in pattern | replace('\\\\', '') -%}
        {{ exceptions.raise_compiler_error(
            "expect_column_values_to_match_regex: Spark would drop the single backslash in " ~ regex
            ~ "; add `is_raw: true`, or write each backslash twice."
        ) }}
    {%- else -%}
        '{{ pattern }}'
    {%- endif -%}
{%- endmacro %}
