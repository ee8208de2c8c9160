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
