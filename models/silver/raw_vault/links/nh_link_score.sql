{{ automate_dv.nh_link(
    src_pk="score_hk",
    src_fk=["model_hk", "customer_hk", "promotion_hk"],
    src_payload=["model_version", "cut_off_at", "score"],
    src_eff="scored_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_scoring__score"
) }}
