{#-
    Satellite. Two ways to tell what a staged row must differ from:

    - plain, as AutomateDV: the first staged row of a key from the newest stored one, a later staged row from the staged row
      before it; with apply_source_filter only of rows that are newer than the newest stored one;
    - late_safe_satellites: every staged row from the row before it in load time, staged or stored. So late rows find their
      place and a repeated load adds nothing.
-#}
{% macro spark__sat(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                    src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('sat', {
        'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload, 'src_ldts': src_ldts,
        'src_source': src_source, 'source_model': source_model
    }) -}}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set hashdiff = automate_dv_spark.column_list(src_hashdiff) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set eff = automate_dv_spark.column_list(src_eff) -%}
    {%- set payload = automate_dv_spark.payload_list(
        src_payload, source_model, [src_pk, src_hashdiff, src_extra_columns, src_eff, src_ldts, src_source]
    ) -%}
    {%- set columns = pk + hashdiff + payload + automate_dv_spark.column_list(src_extra_columns) + eff + ldts
        + automate_dv_spark.column_list(src_source) -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
    {%- set late_safe = automate_dv_spark.setting('late_safe_satellites') -%}
    {%- set hd = hashdiff[0].alias -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, pk) }}

),
{% if not adds %}
{{ automate_dv_spark.changed_within_batch(pk, hashdiff, ldts, eff, late_safe) }}
{% elif late_safe %}
{{ automate_dv_spark.changed_to_predecessor(pk, hashdiff, ldts, eff, columns) }}
{% else %}
{{ automate_dv_spark.changed_to_newest(pk, hashdiff, ldts, eff) }}
{% endif %}
final as (

    select
        {{ automate_dv_spark.names(columns) | join(',\n        ') }}
    from changed
    {%- if var('enable_ghost_records', false) %}

    union all

{{ automate_dv_spark.ghost_row(columns, pk + hashdiff, ldts + eff, src_source, hd, source_model, adds) }}
    {%- endif %}

)

select * from final
{%- endmacro %}
