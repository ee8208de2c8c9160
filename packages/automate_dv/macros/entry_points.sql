{% macro stage(include_source_columns=true, source_model=none, hashed_columns=none, derived_columns=none,
               null_columns=none, ranked_columns=none) -%}
    {{- return(adapter.dispatch('stage', 'automate_dv')(
        include_source_columns=include_source_columns, source_model=source_model, hashed_columns=hashed_columns,
        derived_columns=derived_columns, null_columns=null_columns, ranked_columns=ranked_columns)) -}}
{%- endmacro %}


{% macro hash(columns=none, alias=none, is_hashdiff=false, columns_to_escape=none) -%}
    {{- return(adapter.dispatch('hash', 'automate_dv')(
        columns=columns, alias=alias, is_hashdiff=is_hashdiff, columns_to_escape=columns_to_escape)) -}}
{%- endmacro %}


{% macro hub(src_pk=none, src_nk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('hub', 'automate_dv')(
        src_pk=src_pk, src_nk=src_nk, src_extra_columns=src_extra_columns, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model)) -}}
{%- endmacro %}


{% macro link(src_pk=none, src_fk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('link', 'automate_dv')(
        src_pk=src_pk, src_fk=src_fk, src_extra_columns=src_extra_columns, src_ldts=src_ldts, src_source=src_source,
        source_model=source_model)) -}}
{%- endmacro %}


{% macro nh_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                 src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('nh_link', 'automate_dv')(
        src_pk=src_pk, src_fk=src_fk, src_payload=src_payload, src_extra_columns=src_extra_columns, src_eff=src_eff,
        src_ldts=src_ldts, src_source=src_source, source_model=source_model)) -}}
{%- endmacro %}


{% macro t_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                src_source=none, source_model=none) -%}
    {{- return(automate_dv.nh_link(
        src_pk=src_pk, src_fk=src_fk, src_payload=src_payload, src_extra_columns=src_extra_columns, src_eff=src_eff,
        src_ldts=src_ldts, src_source=src_source, source_model=source_model)) -}}
{%- endmacro %}


{% macro sat(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
             src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('sat', 'automate_dv')(
        src_pk=src_pk, src_hashdiff=src_hashdiff, src_payload=src_payload, src_extra_columns=src_extra_columns,
        src_eff=src_eff, src_ldts=src_ldts, src_source=src_source, source_model=source_model)) -}}
{%- endmacro %}
