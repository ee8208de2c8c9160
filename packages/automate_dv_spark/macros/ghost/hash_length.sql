{#- Characters of the configured hash in hex: 32 for MD5, 40 for SHA1, 64 for SHA (256 bits). -#}
{% macro hash_length() -%}
    {%- set drill = var('hash_drill_length', none) -%}
    {{- return(drill or {'sha': 64, 'sha1': 40}.get(var('hash', 'MD5') | lower, 32)) -}}
{%- endmacro %}
