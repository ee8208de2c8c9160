{#-
    What full extracts say by whom they hold. Both satellites are made from one timeline: for each key the extracts at which
    it appeared, changed, was missing for the first time, or returned. Several extracts of one batch are taken in order. An
    extract without any row is no extract: it cannot be told from none.
-#}
{% macro extract_timeline(src_pk, hashdiff, src_ldts, src_source, source_model, result) -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set source = automate_dv_spark.column_list(src_source) -%}
    {%- set pk_names = automate_dv_spark.names(pk) -%}
    {%- set at = ldts[0].alias -%}
    {%- set hd = hashdiff[0].alias if hashdiff else none -%}
    {%- set gone, here = ("'D'", "'I'") if result == 'status' else ('false', 'true') -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, pk + hashdiff + ldts + source, pk) }}

),

-- The extracts in their order; one row tells of each where the next one is.
extracts as (

    select
        {{ at }},
        record_source,
        row_number() over (order by {{ at }}) as place,
        lead({{ at }}) over (order by {{ at }}) as next_extract,
        lead(record_source) over (order by {{ at }}) as next_source
    from (
        select
            {{ at }},
            min({{ source[0].alias }}) as record_source
        from staged
        group by {{ at }}
    ) as extract_times

),

seen as (

    select
        {{ pk_names | join(',\n        ') }},
        {{ at }},
        {%- if hd %}
        max({{ hd }}) as {{ hd }},
        {%- endif %}
        min({{ source[0].alias }}) as {{ source[0].alias }}
    from staged
    group by {{ (pk_names + [at]) | join(', ') }}

),
{% if adds %}
-- The keys that were active before this batch, whether it holds them or not.
stored as (

    select
        {{ pk_names | join(',\n        ') }},
        max({{ at }}) as {{ at }},
        {%- if hd %}
        max_by({{ hd }}, {{ at }}) as {{ hd }},
        {%- endif %}
        max_by({{ result }} <> {{ gone }}, {{ at }}) as was_active
    from {{ this }}
    group by {{ pk_names | join(', ') }}

),

active as (

    select * from stored
    where was_active

),
{% endif %}
timeline as (

    select
        {{ automate_dv_spark.names(pk, 'seen') | join(',\n        ') }},
        seen.{{ at }},
        {%- if hd %}
        seen.{{ hd }},
        {%- endif %}
        seen.{{ source[0].alias }},
        extracts.place,
        extracts.next_extract,
        extracts.next_source
    from seen
    inner join extracts on seen.{{ at }} = extracts.{{ at }}
    {%- if adds %}

    union all

    -- A key that was active stands before the first extract.
    select
        {{ automate_dv_spark.names(pk, 'active') | join(',\n        ') }},
        active.{{ at }},
        {%- if hd %}
        active.{{ hd }},
        {%- endif %}
        cast(null as string) as {{ source[0].alias }},
        0 as place,
        (select {{ at }} from extracts where place = 1) as next_extract,
        (select record_source from extracts where place = 1) as next_source
    from active
    where active.{{ at }} < (select {{ at }} from extracts where place = 1)
    {%- endif %}

),

in_order as (

    select
        *,
        lag(place) over by_key as previous_place,
        lead(place) over by_key as next_place
        {%- if hd %},
        lag({{ hd }}) over by_key as previous_hashdiff
        {%- endif %}
    from timeline
    window by_key as (partition by {{ pk_names | join(', ') }} order by place)

),

changes as (

    select
        {{ pk_names | join(',\n        ') }},
        {{ ("case when previous_place = place - 1 then 'U' else 'I' end as status") if hd else here ~ ' as ' ~ result }},
        {%- if hd %}
        {{ hd }},
        {%- endif %}
        {{ at }},
        {{ source[0].alias }}
    from in_order
    where place > 0
        and (
            previous_place is null
            or previous_place < place - 1
            {%- if hd %}
            or not previous_hashdiff <=> {{ hd }}
            {%- endif %}
        )

    union all

    select
        {{ pk_names | join(',\n        ') }},
        {{ gone }} as {{ result }},
        {%- if hd %}
        {{ hd }},
        {%- endif %}
        next_extract as {{ at }},
        next_source as {{ source[0].alias }}
    from in_order
    where next_extract is not null and (next_place is null or next_place > place + 1)

),

final as (

    select
        {{ automate_dv_spark.names(pk, 'changes') | join(',\n        ') }},
        changes.{{ result }},
        {%- if hd %}
        changes.{{ hd }},
        {%- endif %}
        changes.{{ at }},
        changes.{{ source[0].alias }}
    from changes
    {%- if adds %}
    left anti join {{ this }} as known
        on {{ automate_dv_spark.keys_equal(pk, 'changes', 'known') }} and changes.{{ at }} = known.{{ at }}
    {%- endif %}

)

select * from final
{%- endmacro %}
