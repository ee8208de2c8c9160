{#- Rows of some dates for some hub keys; `some_keys` says that the satellites are read for these keys alone. -#}
{% macro pit_rows(pk, sats, dates, hub_keys, some_keys) -%}
    {%- set few = dates is not string and dates | length * sats | length <= 100 -%}
select
    {%- for name in pk %}
    {{ name }},
    {%- endfor %}
    AS_OF_DATE,
    {%- for sat in sats %}
        {%- for alias in sat.key_aliases %}
    {{ automate_dv_spark.key_or_zero(pk[loop.index0], sat.at) }} as {{ sat.name }}_{{ alias }},
        {%- endfor %}
    coalesce({{ sat.at }}, timestamp'1900-01-01 00:00:00') as {{ sat.name }}_{{ sat.ldts_alias }}{{ ',' if not loop.last }}
    {%- endfor %}
from (
{%- if not dates %}
    select
        {{ pk | join(',\n        ') }},
        cast(null as timestamp) as AS_OF_DATE,
        {%- for sat in sats %}
        cast(null as timestamp) as {{ sat.at }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ({{ hub_keys }}) as hub
    where false
{%- elif few %}
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
{%- else %}
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
{%- endif %}
) as pit_rows
{%- endmacro %}
