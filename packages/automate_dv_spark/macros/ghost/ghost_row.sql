{#- The ghost of a satellite, unless a row already has its hashdiff. -#}
{% macro ghost_row(columns, hashes, times, src_source, hashdiff, source_model, adds) -%}
    select *
    from (
        {{ automate_dv_spark.ghost_select(columns, hashes, times, src_source, source_model) }}
    ) as ghost
    where not exists (
        select 1 from {{ this if adds else 'staged' }} as existing where existing.{{ hashdiff }} = {{ automate_dv_spark.repeated_key('0') }}
    )
{%- endmacro %}
