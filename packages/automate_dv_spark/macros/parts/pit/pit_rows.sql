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
{{ automate_dv_spark.pit_by_aggregate(pk, sats, dates, hub_keys, some_keys) }}
{%- else %}
{{ automate_dv_spark.pit_by_timeline(pk, sats, dates, hub_keys, some_keys) }}
{%- endif %}
) as pit_rows
{%- endmacro %}
