{#-
    A column's name as SQL. Names of letters, digits and underscores stay as they are written; any other one (a blank, a
    hyphen, a dot, a leading digit, a reserved word) is quoted. What is quoted already is left alone.
-#}
{% macro quoted_name(name) -%}
    {%- set name = name | string -%}
    {%- set quotes = ['`', "'"] -%}
    {%- if name | length > 1 and name[0] in quotes and name[-1] == name[0] -%}
        {{- return(name) -}}
    {%- elif modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', name) and name | lower not in automate_dv_spark.reserved_words() -%}
        {{- return(name) -}}
    {%- endif -%}
    {{- return('`' ~ name | replace('`', '``') ~ '`') -}}
{%- endmacro %}
