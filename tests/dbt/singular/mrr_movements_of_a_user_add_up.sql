with

users as (

    select
        user_sk,
        user_hk
    from {{ ref('dim_user') }}

),

movements as (

    select
        users.user_hk,
        facts.month_start_date,
        facts.currency,
        facts.opening_amount,
        facts.new_amount,
        facts.reactivation_amount,
        facts.expansion_amount,
        facts.contraction_amount,
        facts.churn_amount,
        facts.closing_amount,
        facts.reported_opening_amount,
        facts.reported_new_amount,
        facts.reported_reactivation_amount,
        facts.reported_expansion_amount,
        facts.reported_contraction_amount,
        facts.reported_churn_amount,
        facts.reported_closing_amount,
        facts.reported_fx_amount,
        lag(facts.closing_amount, 1, 0) over in_order as previous_closing_amount,
        lag(facts.reported_closing_amount, 1, 0) over in_order as previous_reported_closing_amount
    from {{ ref('fct_mrr_movements') }} as facts
    inner join users on facts.user_sk = users.user_sk
    window in_order as (partition by users.user_hk, facts.currency order by facts.month_start_date)

),

final as (

    select * from movements
    where
        opening_amount is distinct from previous_closing_amount
        or opening_amount + new_amount + reactivation_amount + expansion_amount - contraction_amount - churn_amount
        is distinct from closing_amount
        or reported_opening_amount is distinct from previous_reported_closing_amount
        or reported_opening_amount + reported_new_amount + reported_reactivation_amount + reported_expansion_amount
        - reported_contraction_amount - reported_churn_amount + reported_fx_amount
        is distinct from reported_closing_amount
        or currency = '{{ var('reporting_currency') }}' and reported_fx_amount <> 0
        or least(new_amount, reactivation_amount, expansion_amount, contraction_amount, churn_amount) < 0
        or closing_amount < 0

)

select * from final
