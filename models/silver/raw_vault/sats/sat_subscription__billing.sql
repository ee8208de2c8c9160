{{ automate_dv.sat(
    src_pk="subscription_hk",
    src_hashdiff="subscription_hd",
    src_payload=[
        "currency",
        "status",
        "pause_behavior",
        "is_ending",
        "end_reason",
        "started_at",
        "trial_end_at",
        "cancelled_at",
        "ended_at",
        "period_start_at",
        "period_end_at",
        "discount_bks",
        "inclusive_tax_percent",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__subscription"
) }}
