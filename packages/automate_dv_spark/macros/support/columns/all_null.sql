{% macro all_null(columns) -%}
    {%- set items = [] -%}
    {%- for name in automate_dv_spark.names(columns) -%}
        {%- do items.append(name ~ ' is null') -%}
    {%- endfor -%}
    {{- items | join(' and ') -}}
{%- endmacro %}
