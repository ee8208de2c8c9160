{#- What is foretold: no basket in so many days. They begin a day after the cut-off, so that somebody can act. -#}
{%- set embargo, days = 1, 28 %}

with

features as (

    select * from {{ ref('ftr_customer_behaviour') }}

),

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

-- A single line that is dated in the future does not end any days.
landed as (

    select least(max(sold_at), max(load_dts)) as newest_at from sale_lines

),

-- The end of a label's window is a cut-off from which the sales are counted backwards.
spine as (

    select
        features.customer_hk,
        features.cut_off_at + interval {{ embargo + days }} days as cut_off_at
    from features
    inner join landed on features.cut_off_at + interval {{ embargo + days }} days <= landed.newest_at

),

sales as (

    {{ features_as_of(
        spine='spine',
        key='customer_hk',
        events='sale_lines',
        applied='sold_at',
        loaded='sold_at',
        features={'line_count': {'as': 'count', 'days': days}}
    ) }}

),

final as (

    select
        customer_hk,
        cut_off_at - interval {{ embargo + days }} days as cut_off_at,
        cut_off_at - interval {{ days }} days as label_from,
        cut_off_at as label_to,
        line_count = 0 as is_inactive
    from sales

)

select * from final
