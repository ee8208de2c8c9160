{#- Columns of a payload: listed, or all of the source model but those excluded and those that are keys or audit columns. -#}
{% macro payload_list(src_payload, source_model, others) -%}
    {%- if src_payload is not mapping or src_payload.source_column -%}
        {{- return(automate_dv_spark.column_list(src_payload)) -}}
    {%- elif not src_payload.exclude_columns -%}
        {{- return(automate_dv_spark.column_list(src_payload.columns)) -}}
    {%- endif -%}
    {%- set left_out = [] -%}
    {%- for column in automate_dv_spark.column_list([src_payload.columns, others]) -%}
        {%- do left_out.append(automate_dv_spark.plain_name(column.source_column) | lower) -%}
    {%- endfor -%}
    {%- set kept = [] -%}
    {%- for name in automate_dv_spark.relation_columns(ref(automate_dv_spark.first_stage(source_model))) if name | lower not in left_out -%}
        {%- do kept.append(name) -%}
    {%- endfor -%}
    {{- return(automate_dv_spark.column_list(kept)) -}}
{%- endmacro %}
