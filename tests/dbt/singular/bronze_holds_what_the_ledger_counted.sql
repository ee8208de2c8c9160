-- The ledger counts the rows of each file as its manifest says them; Bronze must hold as many of that delivery.
{%- set feeds = {
    'pos.sale_line': source('pos', 'sale_line'),
    'pos.return_line': source('pos', 'return_line'),
    'erp.product': source('erp', 'product'),
    'erp.list_price': source('erp', 'list_price'),
    'crm.customer': source('crm', 'customer'),
    'marketing.campaign': source('marketing', 'campaign'),
    'marketing.campaign_target': source('marketing', 'campaign_target'),
    'marketing.coupon': source('marketing', 'coupon'),
    'marketing.coupon_redemption': source('marketing', 'coupon_redemption'),
    'marketing.placement': source('marketing', 'placement')
} %}
with

bronze as (

    {% for feed, table in feeds.items() %}
        select
            '{{ feed }}' as feed,
            load_id,
            count(*) as bronze_count
        from {{ table }}
        group by load_id
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

ledger as (

    select
        feed,
        load_id,
        sum(row_count) as ledger_count
    from {{ source('lakevault', 'ledger') }}
    group by feed, load_id

)

select
    coalesce(ledger.feed, bronze.feed) as feed,
    coalesce(ledger.load_id, bronze.load_id) as load_id,
    ledger.ledger_count,
    bronze.bronze_count
from ledger
full outer join bronze on ledger.feed = bronze.feed and ledger.load_id = bronze.load_id
where ledger.ledger_count is distinct from bronze.bronze_count
