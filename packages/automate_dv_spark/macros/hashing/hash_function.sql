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
