{#-
    AutomateDV's dispatched helpers on Spark. Three of them (cast_date, cast_datetime, get_escape_characters) have no default
    there: without these, dbt stops while parsing.
-#}
{% macro spark__get_escape_characters() -%}
    {{- return(('`', '`')) -}}
{%- endmacro %}
