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
    {%- set names = automate_dv_spark.names(columns) -%}
    {%- set in_order = automate_dv_spark.names(ldts + eff) -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, pk) }}

),
{% if not adds %}
{%- if not late_safe %}
{{ automate_dv_spark.placed_rows(pk, in_order, hashdiff) }}
{% endif %}
compared as (

    select
        *,
        lag(true) over in_order as has_previous,
        lag({{ hd }}) over in_order as previous
    from {{ 'staged' if late_safe else 'placed' }}
    window in_order as (
        partition by {{ automate_dv_spark.names(pk) | join(', ') }}
        order by {{ (in_order + [automate_dv_spark.fingerprint(hashdiff) if late_safe else 'scan_position']) | unique | join(', ') }}
    )

),

changed as (

    select * from compared
    where has_previous is null or not previous <=> {{ hd }}

),
{% elif late_safe %}
{{ automate_dv_spark.changed_to_predecessor(pk, hashdiff, ldts, eff, columns) }}
{% else %}
{{ automate_dv_spark.changed_to_newest(pk, hashdiff, ldts, eff) }}
{% endif %}
final as (

    select
        {{ names | join(',\n        ') }}
    from changed
    {%- if var('enable_ghost_records', false) %}

    union all

{{ automate_dv_spark.ghost_row(columns, pk + hashdiff, ldts + eff, src_source, hd, source_model, adds) }}
    {%- endif %}

)

select * from final
{%- endmacro %}


{#-
    Plain. Of the stored rows of a staged key only fingerprints are kept, two of the key and two of the newest hashdiff: fixed-width
    values, so that they are grouped without a sort and broadcast. Two are 128 bits, as many as the MD5 that they stand for.
-#}
{% macro changed_to_newest(pk, hashdiff, ldts, eff) -%}
    {%- set hd = hashdiff[0].alias -%}
    {%- set recency = automate_dv_spark.recency(ldts, eff) -%}
known as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk + hashdiff + ldts + eff, few_rows_per_key=true, optional=eff) }}

),

newest as (

    select
        {{ automate_dv_spark.fingerprint(pk) }} as key_print,
        {{ automate_dv_spark.second_fingerprint(pk) }} as second_key_print,
        max_by({{ automate_dv_spark.fingerprint(hashdiff) }}, {{ recency }}) as newest_print,
        max_by({{ automate_dv_spark.second_fingerprint(hashdiff) }}, {{ recency }}) as newest_second_print,
        max({{ ldts[0].alias }}) as newest_load
    from known
    group by 1, 2

),

{{ automate_dv_spark.placed_rows(pk, automate_dv_spark.names(ldts + eff), hashdiff) }}

beside_newest as (

    select /*+ broadcast(newest) */
        staged.*,
        newest.newest_print,
        newest.newest_second_print
    from placed as staged
    left join newest
        on {{ automate_dv_spark.prints_match(pk, 'staged', 'newest') }}
    {%- if automate_dv_spark.setting('apply_source_filter') %}
    where newest.newest_load is null or staged.{{ ldts[0].alias }} > newest.newest_load
    {%- endif %}

),

compared as (

    select
        *,
        lag(true) over in_order as has_previous,
        lag({{ hd }}) over in_order as previous
    from beside_newest
    window in_order as (
        partition by {{ automate_dv_spark.names(pk) | join(', ') }}
        order by {{ (automate_dv_spark.names(ldts + eff) + ['scan_position']) | unique | join(', ') }}
    )

),

changed as (

    select *
    from compared
    where if(
        has_previous,
        not previous <=> {{ hd }},
        newest_print is null
            or newest_print <> {{ automate_dv_spark.fingerprint(hashdiff) }}
            or newest_second_print <> {{ automate_dv_spark.second_fingerprint(hashdiff) }}
    )

),
{%- endmacro %}


{#-
    Rows of one moment stand in the order in which the scan gives them, as in AutomateDV, and equal ones are one: the last
    of them. One shuffle by key and one sort serve this window and the next. It looks a hundred rows ahead, so that a key with
    very many rows of one moment costs no more than its rows.
-#}
{% macro placed_rows(pk, moment, hashdiff) -%}
    {%- set print = automate_dv_spark.fingerprint(hashdiff) -%}
    {%- set moment = (automate_dv_spark.names(pk) + moment) | unique | join(', ') -%}
placed as (

    select *
    from (
        select
            *,
            array_contains(collect_set({{ print }}) over (
                partition by {{ moment }} order by scan_position
                rows between 1 following and 100 following
            ), {{ print }}) as is_repeated
        from (
            select
                *,
                monotonically_increasing_id() as scan_position
            from staged
            distribute by {{ automate_dv_spark.names(pk) | join(', ') }}
        ) as scanned
    ) as marked
    where not is_repeated

),
{%- endmacro %}


{#- One fixed-width number that orders by load time, then by effective time: wide enough for the year 9999. -#}
{% macro recency(ldts, eff) -%}
    {%- if not eff -%}
        {{ ldts[0].alias }}
    {%- else -%}
        cast(unix_micros(cast({{ ldts[0].alias }} as timestamp)) as decimal(38, 0)) * 1000000000000000000
            + coalesce(unix_micros(cast({{ eff[0].alias }} as timestamp)), -1000000000000000000)
    {%- endif -%}
{%- endmacro %}


{#-
    Late-safe. Stored and staged rows of a key in one timeline, in the order that they have within one load. Keys and hashdiffs
    stand in it as fingerprints, and a staged row as one value, so that the many stored rows are narrow.
-#}
{% macro changed_to_predecessor(pk, hashdiff, ldts, eff, columns) -%}
    {%- set when = automate_dv_spark.names(ldts + eff) | unique | list -%}
    {%- set prints -%}
        {{ automate_dv_spark.fingerprint(pk) }} as key_print,
        {{ automate_dv_spark.second_fingerprint(pk) }} as second_key_print,
        {{ automate_dv_spark.fingerprint(hashdiff) }} as hash_print,
        {{ automate_dv_spark.second_fingerprint(hashdiff) }} as second_hash_print,
        {{ when | join(',\n        ') }}
    {%- endset -%}
known as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk + hashdiff + ldts + eff, few_rows_per_key=true, optional=eff) }}

),

timeline as (

    select
        {{ prints }},
        struct({{ automate_dv_spark.names(columns) | join(', ') }}) as staged_row
    from staged

    union all

    select
        {{ prints }},
        null as staged_row
    from known

),

compared as (

    select
        *,
        lag(hash_print) over in_order as previous_print,
        lag(second_hash_print) over in_order as previous_second_print
    from timeline
    window in_order as (
        partition by key_print, second_key_print
        order by {{ (when + ['hash_print', 'staged_row is not null']) | join(', ') }}
    )

),

changed as (

    select staged_row.*
    from compared
    where staged_row is not null
        and (
            previous_print is null
            or previous_print <> hash_print
            or previous_second_print <> second_hash_print
        )

),
{%- endmacro %}


{#- Satellite over any model: its hashdiff is computed here, from the payload. -#}
{% macro computed_sat(src_pk=none, src_payload=none, src_hashdiff='HASHDIFF', src_extra_columns=none, src_eff=none,
                      src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('computed_sat', {
        'src_pk': src_pk, 'src_payload': src_payload, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {%- set payload = automate_dv_spark.payload_list(
        src_payload, source_model, [src_pk, src_extra_columns, src_eff, src_ldts, src_source]
    ) -%}
    {%- set sources, known = [], {} -%}
    {%- for column in payload -%}
        {%- set name = automate_dv_spark.plain_name(column.source_column) -%}
        {%- do sources.append(name) -%}
        {%- do known.update({name | lower: column.source_column}) -%}
    {%- endfor -%}
    {{- automate_dv_spark.spark__sat(
        src_pk, {
            'source_column': automate_dv_spark.spark__hash(sources, none, true, none, none, known), 'alias': src_hashdiff
        }, payload,
        src_extra_columns, src_eff, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{#- A satellite with the end of each row's time: the next load time of its key. Rows of one load share their end. -#}
{% macro load_end_view(satellite=none, src_pk=none, src_ldts=none, src_child_key=none) -%}
    {{- automate_dv_spark.require_arguments('load_end_view', {
        'satellite': satellite, 'src_pk': src_pk, 'src_ldts': src_ldts
    }) -}}
    {%- set pk = automate_dv_spark.names(automate_dv_spark.column_list(src_pk)) -%}
    {%- set next_load -%}
lead({{ src_ldts }}) over (partition by {{ pk | join(', ') }} order by {{ src_ldts }})
    {%- endset -%}
with

satellite as (

    select * from {{ ref(satellite) }}

),

{%- if src_child_key %}
loads as (

    select distinct
        {{ (pk + [src_ldts]) | join(',\n        ') }}
    from satellite

),

ends as (

    select
        {{ (pk + [src_ldts]) | join(',\n        ') }},
        {{ next_load }} as next_load_dts
    from loads

),

final as (

    select
        satellite.*,
        coalesce(ends.next_load_dts, timestamp'9999-12-31 00:00:00') as load_end_dts,
        ends.next_load_dts is null as is_current
    from satellite
    inner join ends
        on {% for name in pk + [src_ldts] %}satellite.{{ name }} = ends.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}

)
{%- else %}
final as (

    select
        *,
        coalesce({{ next_load }}, timestamp'9999-12-31 00:00:00') as load_end_dts,
        {{ next_load }} is null as is_current
    from satellite

)
{%- endif %}

select * from final
{%- endmacro %}
