{#-
    One row that stands for "no row": keys and hashdiff all 0, attributes null, times 1900-01-01. It makes inner joins of a
    PIT with its satellites complete.
-#}
{% macro spark__create_ghost_record(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none,
                                    src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.ghost_select(
        automate_dv_spark.column_list(
            [src_pk, src_hashdiff, src_payload, src_extra_columns, src_eff, src_ldts, src_source]
        ),
        automate_dv_spark.column_list([src_pk, src_hashdiff]), automate_dv_spark.column_list([src_eff, src_ldts]),
        src_source, source_model
    ) -}}
{%- endmacro %}


{#- A key that is no hash (an integer, a date) has no zero; it is null. -#}
{% macro ghost_select(columns, hashes, times, src_source, source_model) -%}
    {%- set types = {} -%}
    {%- for name, type in automate_dv_spark.typed_columns(ref(automate_dv_spark.first_stage(source_model))).items() -%}
        {%- do types.update({name | lower: type}) -%}
    {%- endfor -%}
    select
        {%- for column in columns %}
        {%- if column in hashes %}
        {{ automate_dv_spark.repeated_key('0') if types.get(automate_dv_spark.plain_name(column.source_column) | lower, 'string') in ['string', 'binary'] else 'null' }} as {{ column.alias }}
        {%- elif column in times %}
        date'1900-01-01' as {{ column.alias }}
        {%- elif column in automate_dv_spark.column_list(src_source) %}
        '{{ var('system_record_value', 'AUTOMATE_DV_SYSTEM') }}' as {{ column.alias }}
        {%- else %}
        null as {{ column.alias }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}


{#- The ghost of a satellite, unless a row has its hashdiff already. -#}
{% macro ghost_row(columns, hashes, times, src_source, hashdiff, source_model, adds) -%}
    select *
    from (
        {{ automate_dv_spark.ghost_select(columns, hashes, times, src_source, source_model) }}
    ) as ghost
    where not exists (
        select 1 from {{ this if adds else 'staged' }} as known where known.{{ hashdiff }} = {{ automate_dv_spark.repeated_key('0') }}
    )
{%- endmacro %}


{% macro spark__binary_ghost(alias=none, hash='MD5') -%}
    {{- automate_dv_spark.repeated_key('0') }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}


{% macro spark__date_ghost(date_type=none, alias=none) -%}
    {{- "date'1900-01-01'" if date_type == 'date' else "timestamp'1900-01-01 00:00:00'" }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}


{% macro spark__null_ghost(data_type=none, alias=none) -%}
    cast(null as {{ data_type }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}
