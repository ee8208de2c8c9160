{% macro spark__nh_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                        src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('nh_link', {
        'src_pk': src_pk, 'src_fk': src_fk, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {{- automate_dv_spark.new_key_rows(
        src_pk, [src_pk, src_fk], [src_fk, src_payload or [], src_extra_columns, src_eff], src_ldts, src_source,
        source_model, one_per_key=automate_dv_spark.setting('nh_link_unique_key')
    ) -}}
{%- endmacro %}
