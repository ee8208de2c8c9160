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

labels as (

    select
        customer_hk,
        cut_off_at - interval {{ embargo + days }} days as cut_off_at,
        cut_off_at - interval {{ days }} days as label_from,
        cut_off_at as label_to,
        line_count = 0 as is_inactive
    from sales

),

landings as (

    {{ first_landings('labels', 'sale_lines') }}

),

final as (

    select
        labels.customer_hk,
        labels.cut_off_at,
        labels.label_from,
        labels.label_to,
        landings.known_at,
        labels.is_inactive
    from labels
    inner join landings on labels.label_to = landings.label_to

)

select * from final
