select
    report.promotion_bk,
    uplifts.has_baseline,
    report.uplift_amount_per_customer_week,
    report.uplift_missing_reason
from {{ ref('rpt_promotion_performance') }} as report
inner join {{ ref('rpt_promotion_uplift') }} as uplifts
    on report.promotion_sk = uplifts.promotion_sk and uplifts.trial = 'promotion'
where
    (not uplifts.has_baseline and report.uplift_amount_per_customer_week is not null)
    or (report.uplift_amount_per_customer_week is null) = (report.uplift_missing_reason is null)
