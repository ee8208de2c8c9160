{#- One hash aggregate over the change points, a column for each satellite and date: one shuffle, no sort, no join. -#}
{% macro pit_by_aggregate(pk, sats, dates, hub_keys, some_keys) %}
    select
        {{ pk | join(',\n        ') }},
        inline(array(
            {%- for date in dates %}
            {%- set place = loop.index %}
            struct({{ date }} as AS_OF_DATE, {% for sat in sats %}{{ sat.at }}_{{ place }} as {{ sat.at }}{{ ', ' if not loop.last }}{% endfor %})
            {{- ',' if not loop.last }}
            {%- endfor %}
        ))
    from (
        select
            {{ pk | join(',\n            ') }},
            {%- for date in dates %}
            {%- set place = loop.index %}
            {%- for sat in sats %}
            max(case when {{ sat.at }} <= {{ date }} then {{ sat.at }} end) as {{ sat.at }}_{{ place }},
            {%- endfor %}
            {%- endfor %}
            max(is_hub) as is_hub
        from (
            {{ automate_dv_spark.change_points(pk, sats, hub_keys, 'true as is_hub', 'false as is_hub', some_keys) }}
        ) as points
        group by {{ pk | join(', ') }}
    ) as newest
    where is_hub
{%- endmacro %}
