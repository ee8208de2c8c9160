{#- Values are data: an apostrophe or a backslash in one needs no care from whoever writes it in YAML. -#}
{% macro sql_string(value) -%}
'{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}
