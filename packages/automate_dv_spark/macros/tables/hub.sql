{% macro spark__hub(src_pk=none, src_nk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('hub', {
        'src_pk': src_pk, 'src_nk': src_nk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.new_key_rows(
        src_pk, src_pk, [src_nk, src_extra_columns], src_ldts, src_source, source_model, business_key=src_nk
    ) -}}
{%- endmacro %}
