{% macro spark__link(src_pk=none, src_fk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('link', {
        'src_pk': src_pk, 'src_fk': src_fk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.new_key_rows(
        src_pk, [src_pk, src_fk], [src_fk, src_extra_columns], src_ldts, src_source, source_model, business_key=src_fk,
        foreign_keys=src_fk
    ) -}}
{%- endmacro %}
