{#- `a.column, ...`; of {source_column, alias} the one that alias_target names. A column given twice is taken once. -#}
{% macro spark__prefix(columns=none, prefix_str=none, alias_target='source') -%}
    {%- if not columns or not prefix_str -%}
        {{ automate_dv_spark.argument_error('prefix', 'columns and prefix_str are needed.') }}
    {%- endif -%}
    {%- set items = [] -%}
    {%- for column in automate_dv_spark.column_list(columns, quote=false) -%}
        {%- set name = column.alias if alias_target == 'target' else column.source_column -%}
        {%- do items.append(prefix_str ~ '.' ~ name | trim) -%}
    {%- endfor -%}
    {{- items | unique | join(', ') -}}
{%- endmacro %}
