{#- Non-historised satellite; the first row of each key, and never another. -#}
{% macro nh_sat(src_pk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none, src_source=none,
                source_model=none) -%}
    {{- automate_dv_spark.require_arguments('nh_sat', {
        'src_pk': src_pk, 'src_payload': src_payload, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {{- automate_dv_spark.new_key_rows(
        src_pk, src_pk, [src_payload, src_extra_columns, src_eff], src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}
