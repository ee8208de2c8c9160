{#- Column names of a relation; none while parsing, and none of a relation that does not exist. -#}
{% macro relation_columns(relation) -%}
    {{- return(automate_dv_spark.typed_columns(relation).keys() | list) -}}
{%- endmacro %}
