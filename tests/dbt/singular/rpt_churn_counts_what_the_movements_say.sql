-- Users and MRR of a month go on from those of the month before: opening + new + reactivated - churned = closing.
with

movements as (

    select
        month_start_date,
        currency,
        count_if(closing_amount > 0) as user_count,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount
    from {{ ref('fct_mrr_movements') }}
    group by month_start_date, currency

)

select
    churn.month_start_date,
    churn.currency,
    churn.opening_user_count,
    churn.closing_user_count,
    movements.user_count
from {{ ref('rpt_churn') }} as churn
full join movements on churn.month_start_date = movements.month_start_date and churn.currency = movements.currency
where
    churn.closing_user_count is distinct from movements.user_count
    or churn.opening_amount is distinct from movements.opening_amount
    or churn.closing_amount is distinct from movements.closing_amount
    or churn.opening_user_count + churn.new_user_count + churn.reactivated_user_count - churn.churned_user_count
    <> churn.closing_user_count
    or churn.gross_retention_rate > least(churn.net_retention_rate, 1)
