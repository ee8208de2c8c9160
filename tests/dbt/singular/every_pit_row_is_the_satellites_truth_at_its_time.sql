-- The truth found anew, row by row: of the key's load times in a satellite the latest that is not after the date. That
-- every key is there at every date is a rule of pit_is_sound.
{{ config(group='vault') }}
{%- set pits = [
    ('pit_customer', 'customer_hk', 'sat_customer__crm_demographics'),
    ('pit_customer', 'customer_hk', 'sat_customer__crm_contact'),
    ('pit_product', 'product_hk', 'sat_product__erp_description'),
    ('pit_product', 'product_hk', 'sat_product__erp_price'),
] -%}

with

load_times as (

    {% for pit, key, satellite in pits %}
        select
            '{{ satellite }}' as satellite,
            {{ key }} as hash_key,
            collect_list(load_dts) as load_times
        from {{ ref(satellite) }}
        group by {{ key }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

compared as (

    {% for pit, key, satellite in pits %}
        select
            '{{ satellite }}' as satellite,
            pit.{{ key }} as hash_key,
            pit.as_of_date,
            pit.{{ satellite }}_hk as found_hk,
            pit.{{ satellite }}_load_dts as found_load_dts,
            array_max(filter(load_times.load_times, load_dts -> load_dts <= pit.as_of_date)) as true_load_dts
        from {{ ref(pit) }} as pit
        left join load_times on pit.{{ key }} = load_times.hash_key and load_times.satellite = '{{ satellite }}'
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from compared
where found_load_dts is distinct from coalesce(true_load_dts, {{ beginning_of_time() }})
    or found_hk is distinct from if(true_load_dts is null, {{ unknown_key() }}, hash_key)
