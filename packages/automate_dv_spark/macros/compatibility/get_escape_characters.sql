{#- AutomateDV has no default for this macro, cast_date and cast_datetime: without one for Spark, dbt stops while parsing. -#}
{% macro spark__get_escape_characters() -%}
    {{- return(('`', '`')) -}}
{%- endmacro %}
