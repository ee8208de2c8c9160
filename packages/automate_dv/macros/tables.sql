{% macro hub(src_pk=none, src_nk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('hub', 'automate_dv')(
        src_pk=src_pk, src_nk=src_nk, src_extra_columns=src_extra_columns, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model
    )) -}}
{%- endmacro %}


{% macro link(src_pk=none, src_fk=none, src_extra_columns=none, src_ldts=none, src_source=none,
              source_model=none) -%}
    {{- return(adapter.dispatch('link', 'automate_dv')(
        src_pk=src_pk, src_fk=src_fk, src_extra_columns=src_extra_columns, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model
    )) -}}
{%- endmacro %}


{% macro nh_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none,
                 src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('nh_link', 'automate_dv')(
        src_pk=src_pk, src_fk=src_fk, src_payload=src_payload, src_extra_columns=src_extra_columns, src_eff=src_eff,
        src_ldts=src_ldts, src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro t_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('t_link', 'automate_dv')(
        src_pk=src_pk, src_fk=src_fk, src_payload=src_payload, src_extra_columns=src_extra_columns, src_eff=src_eff,
        src_ldts=src_ldts, src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro sat(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none,
             src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('sat', 'automate_dv')(
        src_pk=src_pk, src_hashdiff=src_hashdiff, src_payload=src_payload, src_extra_columns=src_extra_columns,
        src_eff=src_eff, src_ldts=src_ldts, src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro eff_sat(src_pk=none, src_dfk=none, src_sfk=none, src_extra_columns=none, src_start_date=none,
                 src_end_date=none, src_eff=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('eff_sat', 'automate_dv')(
        src_pk=src_pk, src_dfk=src_dfk, src_sfk=src_sfk, src_extra_columns=src_extra_columns,
        src_start_date=src_start_date, src_end_date=src_end_date, src_eff=src_eff, src_ldts=src_ldts,
        src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro ma_sat(src_pk=none, src_cdk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none,
                src_eff=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('ma_sat', 'automate_dv')(
        src_pk=src_pk, src_cdk=src_cdk, src_hashdiff=src_hashdiff, src_payload=src_payload,
        src_extra_columns=src_extra_columns, src_eff=src_eff, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model
    )) -}}
{%- endmacro %}


{% macro xts(src_pk=none, src_satellite=none, src_extra_columns=none, src_ldts=none, src_source=none,
             source_model=none) -%}
    {{- return(adapter.dispatch('xts', 'automate_dv')(
        src_pk=src_pk, src_satellite=src_satellite, src_extra_columns=src_extra_columns, src_ldts=src_ldts,
        src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro pit(src_pk=none, src_extra_columns=none, as_of_dates_table=none, satellites=none,
             stage_tables_ldts=none, src_ldts=none, source_model=none) -%}
    {{- return(adapter.dispatch('pit', 'automate_dv')(
        src_pk=src_pk, src_extra_columns=src_extra_columns, as_of_dates_table=as_of_dates_table,
        satellites=satellites, stage_tables_ldts=stage_tables_ldts, src_ldts=src_ldts, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro bridge(src_pk=none, src_extra_columns=none, as_of_dates_table=none, bridge_walk=none,
                stage_tables_ldts=none, src_ldts=none, source_model=none) -%}
    {{- return(adapter.dispatch('bridge', 'automate_dv')(
        src_pk=src_pk, src_extra_columns=src_extra_columns, as_of_dates_table=as_of_dates_table,
        bridge_walk=bridge_walk, stage_tables_ldts=stage_tables_ldts, src_ldts=src_ldts, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro ref_table(src_pk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('ref_table', 'automate_dv')(
        src_pk=src_pk, src_extra_columns=src_extra_columns, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model
    )) -}}
{%- endmacro %}
