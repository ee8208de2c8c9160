{#-
    Extended tracking satellite; one row per key, satellite, hashdiff and load, changed or not. A row exists already when
    the target has one with the same key, hashdiff, satellite and load time (xts_key_in_comparison: false leaves the key
    out, as AutomateDV does).
-#}
{% macro spark__xts(src_pk=none, src_satellite=none, src_extra_columns=none, src_ldts=none, src_source=none,
                    source_model=none) -%}
    {{- automate_dv_spark.require_arguments('xts', {
        'src_pk': src_pk, 'src_satellite': src_satellite, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {%- if src_satellite is not mapping -%}
        {{ automate_dv_spark.argument_error(
            'xts', 'src_satellite is a mapping {name: {sat_name: {...}, hashdiff: {...}}}. Got: ' ~ src_satellite
        ) }}
    {%- endif -%}
    {%- for name, satellite in src_satellite.items() if not satellite.sat_name or not satellite.hashdiff -%}
        {{ automate_dv_spark.argument_error('xts', name ~ ' of src_satellite needs sat_name and hashdiff, each a mapping.') }}
    {%- endfor -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set others = automate_dv_spark.column_list([src_extra_columns, src_ldts, src_source]) -%}
    {%- set key = (pk if automate_dv_spark.setting('xts_key_in_comparison', true) else [])
        + automate_dv_spark.column_list(['HASHDIFF', 'SATELLITE_NAME', src_ldts]) -%}
    {%- set columns = pk + automate_dv_spark.column_list(['HASHDIFF', 'SATELLITE_NAME']) + others -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
with

staged as (
    {%- for satellite in src_satellite.values() %}
    {{ automate_dv_spark.staged(source_model, pk + automate_dv_spark.column_list([
        {'source_column': satellite.hashdiff.values() | first, 'alias': 'HASHDIFF'},
        {'source_column': satellite.sat_name.values() | first, 'alias': 'SATELLITE_NAME'},
    ]) + others, pk) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),
{% if adds %}
existing as (

{{ automate_dv_spark.target_of_staged_keys(key, key) }}

),
{% endif %}
final as (

    select distinct
        {{ automate_dv_spark.names(columns, 'staged') | join(',\n        ') }}
    from staged
    {%- if adds %}
    left anti join existing on {{ automate_dv_spark.keys_equal(key, 'staged', 'existing') }}
    {%- endif %}

)

select * from final
{%- endmacro %}
