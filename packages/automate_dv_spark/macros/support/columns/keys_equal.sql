{#- `a.x = b.x and ...` over the key columns of two relations. -#}
{% macro keys_equal(columns, left, right, operator='=') -%}
    {%- set items = [] -%}
    {%- for name in automate_dv_spark.names(columns) -%}
        {%- do items.append(left ~ '.' ~ name ~ ' ' ~ operator ~ ' ' ~ right ~ '.' ~ name) -%}
    {%- endfor -%}
    {{- items | join(' and ') -}}
{%- endmacro %}
