{{ automate_dv_spark.rejected_events(
    stage="hstg_scoring__score",
    link="nh_link_score",
    key="score_hk",
    columns=[
        "model_hk",
        "customer_hk",
        "promotion_hk",
        "model_version",
        "cut_off_at",
        "score",
        "scored_at",
    ],
) }}
