{#-
    A till line is attributed to a promotion when a targeted customer bought a covered product while it ran, after the promotion
    had been announced and the customer been targeted.
-#}

with

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

targets as (

    select * from {{ ref('link_customer_promotion') }}

),

covered_products as (

    select * from {{ ref('link_product_promotion') }}

),

promotion_versions as (

    select * from {{ ref('bv_promotion__versions') }}

),

-- A product may be covered by several coupons of one promotion.
coverage as (

    select distinct
        product_hk,
        promotion_hk
    from covered_products

),

-- The terms as they are known now; a promotion whose end was moved covers the days of its last terms.
promotions as (

    select
        promotion_hk,
        start_date,
        end_date,
        first_known_at as announced_at
    from promotion_versions
    where valid_to = {{ end_of_time() }}

),

sold as (

    select
        sale_line_hk,
        customer_hk,
        product_hk,
        sold_at,
        {{ business_day('sold_at', 'pos') }} as sold_on
    from sale_lines

),

attributed as (

    select
        sold.sale_line_hk,
        promotions.promotion_hk,
        promotions.start_date
    from sold
    inner join targets
        on sold.customer_hk = targets.customer_hk
            and sold.sold_at >= targets.targeted_at
    inner join promotions
        on targets.promotion_hk = promotions.promotion_hk
            and sold.sold_on between promotions.start_date and promotions.end_date
            and sold.sold_at >= promotions.announced_at
    inner join coverage
        on sold.product_hk = coverage.product_hk
            and promotions.promotion_hk = coverage.promotion_hk

),

ranked as (

    select
        sale_line_hk,
        promotion_hk,
        row_number() over (partition by sale_line_hk order by start_date desc, promotion_hk asc) as promotion_rank,
        count(*) over (partition by sale_line_hk) as promotion_count
    from attributed

),

-- The promotion that started last gets the line, so that every amount counts once.
final as (

    select
        sale_line_hk,
        promotion_hk,
        promotion_count
    from ranked
    where promotion_rank = 1

)

select * from final
