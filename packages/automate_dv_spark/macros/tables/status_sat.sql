{#- Status tracking satellite: I(nsert), D(elete), and U(pdate) when a hashdiff is given and changed between two extracts. -#}
{% macro status_sat(src_pk=none, src_hashdiff=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('status_sat', {
        'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.extract_satellite(
        src_pk, automate_dv_spark.column_list(src_hashdiff), src_ldts, src_source, source_model, 'status'
    ) -}}
{%- endmacro %}
