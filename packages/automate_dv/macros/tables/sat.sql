{% macro sat(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none,
             src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('sat', 'automate_dv')(
        src_pk=src_pk, src_hashdiff=src_hashdiff, src_payload=src_payload, src_extra_columns=src_extra_columns,
        src_eff=src_eff, src_ldts=src_ldts, src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}
