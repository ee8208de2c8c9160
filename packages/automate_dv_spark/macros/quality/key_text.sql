{#- The key of a failing row as text. -#}
{% macro key_text(key, prefix='') -%}
    {%- set parts = [] -%}
    {%- for name in automate_dv_spark.names(automate_dv_spark.column_list(key), prefix) -%}
        {%- do parts.append("coalesce(cast(" ~ name ~ " as string), 'null')") -%}
    {%- endfor -%}
concat_ws(', ', {{ parts | join(', ') }})
{%- endmacro %}
