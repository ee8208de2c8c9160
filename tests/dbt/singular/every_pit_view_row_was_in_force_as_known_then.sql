-- The truth found anew: of the rows that had landed and were true when the day began, the one that became true last.
{{ config(group='vault') }}
{%- set views = {
    ('pitv_customer', 'sat_customer__crm_demographics', 'customer_hk', 'profile_updated_at'):
        {'profile_updated_at': 'profile_updated_at', 'income_band': 'income_band', 'marital_status': 'marital_status'},
    ('pitv_product', 'sat_product__erp_description', 'product_hk', 'applied_dts'):
        {'description_applied_dts': 'applied_dts', 'product_type': 'product_type', 'package_size': 'package_size'},
    ('pitv_product', 'sat_product__erp_price', 'product_hk', 'applied_dts'):
        {'price_applied_dts': 'applied_dts', 'list_price_amount': 'list_price_amount'},
} %}
{%- for (view, satellite, key, applied_dts), columns in views.items() %}
    select
        '{{ satellite }}' as satellite,
        shown.{{ key }} as hash_key,
        shown.as_of_date
    from {{ ref(view) }} as shown
    left join {{ ref(satellite) }} as known
        on shown.{{ key }} = known.{{ key }}
            and shown.as_of_date >= date_trunc('second', known.load_dts)
            and shown.as_of_date >= known.{{ applied_dts }}
    group by shown.{{ key }}, shown.as_of_date, shown.{{ columns | join(', shown.') }}
    having struct(shown.{{ columns | join(', shown.') }}) is distinct from max_by(
            struct(known.{{ columns.values() | join(', known.') }}), struct(known.{{ applied_dts }}, known.load_dts)
        )
    {{ 'union all' if not loop.last }}
{%- endfor %}
