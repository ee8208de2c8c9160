{% macro stage(include_source_columns=true, source_model=none, hashed_columns=none, derived_columns=none,
               null_columns=none, ranked_columns=none) -%}
    {{- return(adapter.dispatch('stage', 'automate_dv')(
        include_source_columns=include_source_columns, source_model=source_model, hashed_columns=hashed_columns,
        derived_columns=derived_columns, null_columns=null_columns, ranked_columns=ranked_columns
    )) -}}
{%- endmacro %}


{% macro hash(columns=none, alias=none, is_hashdiff=false, columns_to_escape=none) -%}
    {{- return(adapter.dispatch('hash', 'automate_dv')(
        columns=columns, alias=alias, is_hashdiff=is_hashdiff, columns_to_escape=columns_to_escape
    )) -}}
{%- endmacro %}


{% macro derive_columns(source_relation=none, columns=none) -%}
    {{- return(adapter.dispatch('derive_columns', 'automate_dv')(
        source_relation=source_relation, columns=columns
    )) -}}
{%- endmacro %}


{% macro null_columns(source_relation=none, columns=none) -%}
    {{- return(adapter.dispatch('null_columns', 'automate_dv')(
        source_relation=source_relation, columns=columns
    )) -}}
{%- endmacro %}


{% macro hash_columns(columns=none, columns_to_escape=none) -%}
    {{- return(adapter.dispatch('hash_columns', 'automate_dv')(
        columns=columns, columns_to_escape=columns_to_escape
    )) -}}
{%- endmacro %}


{% macro rank_columns(columns=none) -%}
    {{- return(adapter.dispatch('rank_columns', 'automate_dv')(columns=columns)) -}}
{%- endmacro %}
