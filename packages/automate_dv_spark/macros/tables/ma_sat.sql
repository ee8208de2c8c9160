{#-
    Multi-active satellite; per key a set of rows that are true together. When a staged set differs from the set before it
    by any pair of child key and hashdiff, the whole set is inserted.

    A set is compared as (number of pairs, two xors of their 64-bit fingerprints), and found by two fingerprints of its key:
    fixed-width, so that sets are grouped without a sort, and whole rows are read for changed keys alone.

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
    {%- set ldts_name = ldts[0].alias -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, pk if empty_sets else pk + cdk) }}

),
{% if adds or by_load %}
staged_sets as (

{{ automate_dv_spark.set_prints('staged', pk, [ldts_name] if by_load else [], cdk + hashdiff, cdk, empty_sets) }}

),
{% endif %}
{%- if adds %}
known as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk + cdk + hashdiff + ldts, few_rows_per_key=true) }}

),

known_sets as (

{{ automate_dv_spark.set_prints('known', pk, [ldts_name], cdk + hashdiff, cdk, empty_sets) }}

),

{%- if not by_load %}

newest_sets as (

    select
        key_print,
        second_key_print,
        max_by(pair_count, {{ ldts_name }}) as pair_count,
        max_by(one_print, {{ ldts_name }}) as one_print,
        max_by(other_print, {{ ldts_name }}) as other_print
    from known_sets
    group by key_print, second_key_print

),
{%- endif %}
{% endif %}
{%- if by_load %}
timeline as (

    select
        *,
        true as is_staged
    from staged_sets
    {%- if adds %}

    union all

    select
        *,
        false as is_staged
    from known_sets
    {%- endif %}

),

in_order as (

    select
        *,
        lag(struct(pair_count, one_print, other_print)) over (
            partition by key_print, second_key_print order by {{ ldts_name }}, is_staged
        ) as previous
    from timeline

),

changed as (

    select
        key_print,
        second_key_print,
        {{ ldts_name }}
    from in_order
    where is_staged
        and if(previous is null, pair_count > 0, previous <> struct(pair_count, one_print, other_print))

),
{% elif adds %}
changed as (

    select
        staged_sets.key_print,
        staged_sets.second_key_print
    from staged_sets
    left join newest_sets
        on staged_sets.key_print = newest_sets.key_print
            and staged_sets.second_key_print = newest_sets.second_key_print
    where coalesce(newest_sets.pair_count, 0) <> staged_sets.pair_count
        or (
            staged_sets.pair_count > 0
            and (
                newest_sets.one_print <> staged_sets.one_print or newest_sets.other_print <> staged_sets.other_print
            )
        )

),
{% endif %}
final as (

    select distinct
        {{ automate_dv_spark.names(columns, 'staged') | join(',\n        ') }}
    from staged
    {%- if adds or by_load %}
    left semi join (select /*+ broadcast */ * from changed) as changed
        on {{ automate_dv_spark.prints_match(pk, 'staged', 'changed') }}
            {%- if by_load %}
            and staged.{{ ldts_name }} = changed.{{ ldts_name }}
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
