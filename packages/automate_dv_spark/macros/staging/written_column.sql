{#- A name as it is written when it is a column of the step before; anything else is SQL and stays as it is. -#}
{% macro written_column(column, known) -%}
    {{- return(known.get(automate_dv_spark.plain_name(column) | lower, column)) -}}
{%- endmacro %}
