{#- Columns that the table does not have and that on_schema_change adds. -#}
{% macro lacking_columns(columns) -%}
    {%- set lacking = [] -%}
    {%- if config.get('on_schema_change') in ['append_new_columns', 'sync_all_columns'] -%}
        {%- set there = automate_dv_spark.relation_columns(this) | map('lower') | list -%}
        {%- for column in columns if automate_dv_spark.plain_name(column) | lower not in there -%}
            {%- do lacking.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(lacking) -}}
{%- endmacro %}
