{% macro hub(src_pk=none, src_nk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('hub', 'automate_dv')(
        src_pk=src_pk, src_nk=src_nk, src_extra_columns=src_extra_columns, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model
    )) -}}
{%- endmacro %}
