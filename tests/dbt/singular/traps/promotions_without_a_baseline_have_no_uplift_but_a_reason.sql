select
    promotion_bk,
    baseline_weeks,
    uplift_amount_per_customer_week,
    uplift_missing_reason
from {{ ref('rpt_promotion_performance') }}
where
    (baseline_weeks < 4 and uplift_amount_per_customer_week is not null)
    or (uplift_amount_per_customer_week is null) = (uplift_missing_reason is null)
