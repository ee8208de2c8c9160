with

scores as (

    select * from {{ ref('nh_link_score') }}

),

models as (

    select * from {{ ref('hub_model') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

promotions as (

    select * from {{ ref('dim_promotion') }}

),

final as (

    select
        scores.score_hk,
        models.model_bk,
        scores.model_version,
        coalesce(customers.customer_sk, {{ unknown_key() }}) as customer_sk,
        coalesce(promotions.promotion_sk, {{ unknown_key() }}) as promotion_sk,
        {{ date_key(business_day('scores.cut_off_at', 'pos')) }} as date_key,
        scores.cut_off_at,
        scores.score,
        scores.scored_at,
        row_number() over (
            partition by scores.model_hk, scores.customer_hk, scores.promotion_hk
            order by scores.cut_off_at desc, scores.scored_at desc, scores.model_version desc
        ) = 1 as is_newest
    from scores
    inner join models on scores.model_hk = models.model_hk
    {{ join_version('customers', 'customer_hk', 'scores', 'scores.cut_off_at') }}
    {{ join_version('promotions', 'promotion_hk', 'scores', 'scores.cut_off_at') }}

)

select * from final
