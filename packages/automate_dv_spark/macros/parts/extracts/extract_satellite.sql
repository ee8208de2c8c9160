{#-
    What full extracts say about presence. Both satellites use one timeline: for each key the extracts at which it
    appeared, changed, was missing for the first time, or returned. Several extracts of one batch are taken in order. An
    extract without rows cannot be seen, so it is ignored.
-#}
{% macro extract_satellite(src_pk, hashdiff, src_ldts, src_source, source_model, result) -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set source = automate_dv_spark.column_list(src_source) -%}
    {%- set gone, here = ("'D'", "'I'") if result == 'status' else ('false', 'true') -%}
    {%- set c = {
        'pk': pk, 'pk_names': automate_dv_spark.names(pk), 'at': ldts[0].alias, 'source': source[0].alias,
        'hd': hashdiff[0].alias if hashdiff else none, 'result': result, 'gone': gone, 'here': here
    } -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, pk + hashdiff + ldts + source, pk) }}

),

{{ automate_dv_spark.extracts_in_order(c) }}

{{ automate_dv_spark.keys_by_extract(c) }}
{% if adds %}
{{ automate_dv_spark.active_keys(c) }}
{% endif %}
{{ automate_dv_spark.extract_timeline(c, adds) }}

{{ automate_dv_spark.extract_changes(c) }}

final as (

    select
        {{ automate_dv_spark.names(pk, 'changes') | join(',\n        ') }},
        changes.{{ result }},
        {%- if c.hd %}
        changes.{{ c.hd }},
        {%- endif %}
        changes.{{ c.at }},
        changes.{{ c.source }}
    from changes
    {%- if adds %}
    left anti join {{ this }} as existing
        on {{ automate_dv_spark.keys_equal(pk, 'changes', 'existing') }} and changes.{{ c.at }} = existing.{{ c.at }}
    {%- endif %}

)

select * from final
{%- endmacro %}
