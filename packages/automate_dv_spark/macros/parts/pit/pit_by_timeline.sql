{#- The load times carried along a timeline of change points and dates: one shuffle and one sort for any number of dates. -#}
{% macro pit_by_timeline(pk, sats, dates, hub_keys, some_keys) %}
    select *
    from (
        select
            {{ pk | join(',\n            ') }},
            AS_OF_DATE,
            {%- for sat in sats %}
            max({{ sat.at }}) over so_far as {{ sat.at }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ automate_dv_spark.change_points(
                pk, sats, hub_keys, 'explode(' ~ automate_dv_spark.dates_array(dates) ~ ') as AS_OF_DATE', 'null as AS_OF_DATE',
                some_keys
            ) }}
        ) as points
        window so_far as (
            partition by {{ pk | join(', ') }}
            order by
                coalesce(AS_OF_DATE, {% for sat in sats %}{{ sat.at }}{{ ', ' if not loop.last }}{% endfor %}),
                AS_OF_DATE is not null
            rows between unbounded preceding and current row
        )
    ) as carried
    where AS_OF_DATE is not null
{%- endmacro %}
