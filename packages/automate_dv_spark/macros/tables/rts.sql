{#- Record-tracking satellite; one row per key and load in which the key was delivered, changed or not. -#}
{% macro rts(src_pk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('rts', {
        'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.new_key_rows(
        src_pk, src_pk, src_extra_columns, src_ldts, src_source, source_model, key=[src_pk, src_ldts]
    ) -}}
{%- endmacro %}
