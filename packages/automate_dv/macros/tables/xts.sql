{% macro xts(src_pk=none, src_satellite=none, src_extra_columns=none, src_ldts=none, src_source=none,
             source_model=none) -%}
    {{- return(adapter.dispatch('xts', 'automate_dv')(
        src_pk=src_pk, src_satellite=src_satellite, src_extra_columns=src_extra_columns, src_ldts=src_ldts,
        src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}
