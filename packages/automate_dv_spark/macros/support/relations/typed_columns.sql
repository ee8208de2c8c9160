{#- The same with their types: {name: type}. -#}
{% macro typed_columns(relation) -%}
    {%- set types = {} -%}
    {%- if execute and relation is not string -%}
        {%- for column in adapter.get_columns_in_relation(automate_dv_spark.stored_relation(relation)) -%}
            {%- do types.update({column.name: column.dtype | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(types) -}}
{%- endmacro %}
