{#-
    Monthly recurring revenue of each version of a subscription. var mrr_statuses: which subscriptions count;
    var mrr_coupon_durations: which coupons are deducted; var churn_at: whether what ends with its period counts until then.
-#}

{%- set counted_statuses = "'" ~ var('mrr_statuses') | join("', '") ~ "'" %}
{%- set is_deducted = "coupons.duration in ('" ~ var('mrr_coupon_durations') | join("', '") ~ "')" %}

with

versions as (

    select * from {{ ref('bv_subscription__versions') }}

),

item_sets as (

    select * from {{ ref('ma_sat_subscription__billing_item') }}

),

prices as (

    select * from {{ ref('hub_price') }}

),

price_changes as (

    select * from {{ ref('sat_price__billing') }}

),

price_plans as (

    select * from {{ ref('link_price_plan') }}

),

billing_events as (

    select * from {{ ref('nh_link_billing_event') }}

),

coupons as (

    select * from {{ ref('ref_billing_coupon') }}

),

-- An event that came again later says the same.
items as (

    select
        subscription_hk,
        applied_dts,
        subscription_item_bk,
        max_by(struct(price_bk, quantity, item_position), load_dts) as item
    from item_sets
    where not is_removed
    group by subscription_hk, applied_dts, subscription_item_bk

),

-- What a price costs never changes.
terms as (

    select
        prices.price_bk,
        price_plans.subscription_plan_hk,
        any_value(price_changes.is_metered) as is_metered,
        any_value(price_changes.unit_amount_minor) as unit_amount_minor,
        any_value(
            {{ periods_per_year('price_changes.interval_unit', 'price_changes.interval_count') }}
        ) as periods_per_year
    from prices
    inner join price_changes on prices.price_hk = price_changes.price_hk
    inner join price_plans on prices.price_hk = price_plans.price_hk
    group by prices.price_bk, price_plans.subscription_plan_hk

),

-- Amounts of a year are whole where those of a month are not.
charged as (

    select
        items.subscription_hk,
        items.applied_dts,
        min_by(terms.subscription_plan_hk, items.item.item_position) as subscription_plan_hk,
        min_by(terms.periods_per_year, items.item.item_position) as periods_per_year,
        sum(
            if(terms.is_metered, 0, terms.unit_amount_minor * items.item.quantity * terms.periods_per_year)
        ) as yearly_amount
    from items
    left join terms on items.item.price_bk = terms.price_bk
    group by items.subscription_hk, items.applied_dts

),

discounts as (

    select
        object_bk as discount_bk,
        any_value(billing_coupon_bk) as billing_coupon_bk
    from billing_events
    where object_type = 'discount'
    group by object_bk

),

discounts_in_use as (

    select
        subscription_hk,
        valid_from,
        explode(split(discount_bks, ',')) as discount_bk
    from versions
    where discount_bks <> ''

),

deductions as (

    select
        discounts_in_use.subscription_hk,
        discounts_in_use.valid_from,
        count_if(coupons.billing_coupon_bk is null) > 0 as has_unknown_discount,
        collect_list(coupons.percent_off) filter (where {{ is_deducted }}) as percentages,
        sum(coupons.amount_off_minor) filter (where {{ is_deducted }}) as amount_off
    from discounts_in_use
    left join discounts on discounts_in_use.discount_bk = discounts.discount_bk
    left join coupons on discounts.billing_coupon_bk = coupons.billing_coupon_bk
    group by discounts_in_use.subscription_hk, discounts_in_use.valid_from

),

calculated as (

    select
        versions.subscription_hk,
        versions.valid_from,
        versions.valid_to,
        charged.subscription_plan_hk,
        coalesce(deductions.has_unknown_discount, false) as has_unknown_discount,
        versions.status in ({{ counted_statuses }})
        and not versions.is_suspended
        and not (versions.is_ending and {{ (var('churn_at') == 'cancellation') | lower }}) as is_counted,
        coalesce(charged.yearly_amount, 0) as yearly_amount,
        coalesce(deductions.amount_off, 0) * charged.periods_per_year as yearly_amount_off,
        aggregate(
            coalesce(deductions.percentages, array()),
            cast(1 as decimal(20, 12)),
            (share, percentage) -> cast(share * (100 - percentage) / 100 as decimal(20, 12))
        ) as charged_share,
        100 + versions.inclusive_tax_percent as percent_with_tax
    from versions
    left join charged
        on versions.subscription_hk = charged.subscription_hk
            and versions.valid_from = charged.applied_dts
    left join deductions
        on versions.subscription_hk = deductions.subscription_hk
            and versions.valid_from = deductions.valid_from

),

-- Rounded once for each subscription, half away from zero.
final as (

    select
        subscription_hk,
        valid_from,
        valid_to,
        subscription_plan_hk,
        has_unknown_discount,
        if(
            is_counted,
            cast(round(
                cast(greatest(yearly_amount * charged_share - yearly_amount_off, 0) * 100 as decimal(28, 6))
                / cast(percent_with_tax * 12 as decimal(12, 4)),
                0
            ) as bigint),
            0L
        ) as mrr_minor
    from calculated

)

select * from final
