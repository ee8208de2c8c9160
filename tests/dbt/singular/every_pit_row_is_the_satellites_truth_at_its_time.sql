-- The truth found anew: the satellite row that was the newest from its own load until the key's next one. That every
-- key is there at every date is a rule of pit_is_sound.
{{ config(group='vault') }}
{%- set pits = {
    'pit_customer': ('customer_hk', ['sat_customer__crm_demographics', 'sat_customer__crm_contact']),
    'pit_product': ('product_hk', ['sat_product__erp_description', 'sat_product__erp_price']),
} -%}

with

{% for pit, (key, satellites) in pits.items() %}
    {% for satellite in satellites %}
        newest_{{ satellite }} as (

            select
                {{ key }},
                load_dts,
                lead(load_dts, 1, {{ end_of_time() }}) over (partition by {{ key }} order by load_dts) as next_load_dts
            from {{ ref(satellite) }}

        ),
    {% endfor %}

    compared_{{ pit }} as (

        select
            '{{ pit }}' as pit,
            pit.{{ key }} as hash_key,
            pit.as_of_date,
            struct(
                {% for satellite in satellites %}
                    pit.{{ satellite }}_hk,
                    pit.{{ satellite }}_load_dts{{ ',' if not loop.last }}
                {% endfor %}
            ) as named_rows,
            struct(
                {% for satellite in satellites %}
                    coalesce({{ satellite }}.{{ key }}, {{ unknown_key() }}),
                    coalesce({{ satellite }}.load_dts, {{ beginning_of_time() }}){{ ',' if not loop.last }}
                {% endfor %}
            ) as newest_rows
        from {{ ref(pit) }} as pit
        {% for satellite in satellites %}
            left join newest_{{ satellite }} as {{ satellite }}
                on pit.{{ key }} = {{ satellite }}.{{ key }}
                    and pit.as_of_date >= {{ satellite }}.load_dts
                    and pit.as_of_date < {{ satellite }}.next_load_dts
        {% endfor %}

    ),
{% endfor %}

final as (

    {% for pit in pits %}
        select
            pit,
            hash_key,
            as_of_date
        from compared_{{ pit }}
        where named_rows is distinct from newest_rows
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
