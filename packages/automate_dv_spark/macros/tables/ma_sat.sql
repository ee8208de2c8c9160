{#-
    Multi-active satellite; per key a set of rows that are true together. When a staged set differs from the set before it
    by any pair of child key and hashdiff, the whole set is inserted.

    ma_sat_sets_by_load: every load time of a batch is a set of its own and is compared with the set before it, staged or
    stored; so a load that comes again adds nothing, whatever was stored since. Else all staged rows of a key are one set,
    compared with the newest stored one, as in AutomateDV. ma_sat_empty_sets: a staged row whose child keys are all null says
    that the set is empty.
-#}
{% macro spark__ma_sat(src_pk=none, src_cdk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none,
                       src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('ma_sat', {
        'src_pk': src_pk, 'src_cdk': src_cdk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload,
        'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set cdk = automate_dv_spark.column_list(src_cdk) -%}
    {%- set hashdiff = automate_dv_spark.column_list(src_hashdiff) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set payload = automate_dv_spark.payload_list(
        src_payload, source_model, [src_pk, src_cdk, src_hashdiff, src_extra_columns, src_eff, src_ldts, src_source]
    ) -%}
    {%- set columns = pk + cdk + payload + automate_dv_spark.column_list(src_extra_columns) + hashdiff
        + automate_dv_spark.column_list([src_eff, src_ldts, src_source]) -%}
    {%- set empty_sets = automate_dv_spark.setting('ma_sat_empty_sets') -%}
    {%- set by_load = automate_dv_spark.setting('ma_sat_sets_by_load') -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
    {%- set load = ldts[0].alias -%}
    {%- set of_set = {'pair': cdk + hashdiff, 'child_keys': cdk, 'empty_sets': empty_sets} -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, pk if empty_sets else pk + cdk) }}

),
{% if adds or by_load %}
staged_sets as (

{{ automate_dv_spark.set_prints('staged', pk, [load] if by_load else [], **of_set) }}

),
{% endif %}
{%- if adds %}
{{ automate_dv_spark.existing_sets(pk, cdk + hashdiff + ldts, load, of_set) }}
{% endif %}
{%- if by_load %}
{{ automate_dv_spark.sets_changed_to_predecessor(load, adds) }}
{% elif adds %}
{{ automate_dv_spark.sets_changed_to_newest(load) }}
{% endif %}
final as (

    select distinct
        {{ automate_dv_spark.names(columns, 'staged') | join(',\n        ') }}
    from staged
    {%- if adds or by_load %}
    left semi join (select /*+ broadcast */ * from changed) as changed
        on {{ automate_dv_spark.prints_match(pk, 'staged', 'changed') }}
            {%- if by_load %}
            and staged.{{ load }} = changed.{{ load }}
            {%- endif %}
    {%- elif empty_sets %}
    where not ({{ automate_dv_spark.all_null(cdk) }})
    {%- endif %}
    {%- if var('enable_ghost_records', false) and automate_dv_spark.setting('ma_sat_ghost_records') %}

    union all

{{ automate_dv_spark.ghost_row(
    columns, pk + hashdiff, automate_dv_spark.column_list([src_eff, src_ldts]), src_source, hashdiff[0].alias, source_model, adds
) }}
    {%- endif %}

)

select * from final
{%- endmacro %}
