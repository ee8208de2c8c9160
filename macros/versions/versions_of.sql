{#-
    The versions of a key, as a select over a CTE of events: key, applied_dts, load_dts, and attributes that are null where an
    event says nothing of them. Each attribute keeps its last value until another event changes it. At one applied point
    the last landed event wins, so that only the last event of a point becomes a version. known_at is the newest landing
    time among the events that determine the version, the one that ends it included, without the microseconds that
    versioned_load_dts adds: what landed at a time is known at that time, whole. `lakevault build` gives snapshots_known_at when it has
    loaded several deliveries together and takes the snapshots of one after the other: then what landed later is left out.
-#}
{% macro versions_of(events, key, attributes) -%}
select
        {{ version_key(key, 'applied_dts') }} as {{ key | replace('_hk', '_sk') }},
        {{ key }},
        {{ attributes | join(',\n        ') }},
        {{ valid_from('applied_dts') }} as valid_from,
        coalesce(next_applied_dts, {{ end_of_time() }}) as valid_to,
        first_known_at,
        date_trunc(
            'second', greatest({{ attributes | join('_known_at, ') }}_known_at, next_known_at, first_landed_at)
        ) as known_at
    from (
        select
            {{ key }},
            applied_dts,
            {%- for attribute in attributes %}
            last_value({{ attribute }}, true) over so_far as {{ attribute }},
            last_value(if({{ attribute }} is not null, load_dts, null), true) over so_far as {{ attribute }}_known_at,
            {%- endfor %}
            first_value(applied_dts) over so_far as first_known_at,
            first_value(load_dts) over so_far as first_landed_at,
            lead(applied_dts) over in_order as next_applied_dts,
            lead(load_dts) over in_order as next_known_at
        from {{ events }}
        {%- if var('snapshots_known_at', none) %}
        where load_dts < timestamp'{{ var('snapshots_known_at') }}' + interval 1 second
        {%- endif %}
        window
            in_order as (partition by {{ key }} order by applied_dts, load_dts),
            so_far as (
                partition by {{ key }} order by applied_dts, load_dts
                rows between unbounded preceding and current row
            )
    ) as carried
    where next_applied_dts is null or next_applied_dts > applied_dts
{%- endmacro %}
