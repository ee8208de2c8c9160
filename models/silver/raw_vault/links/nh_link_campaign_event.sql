{{ automate_dv.nh_link(
    src_pk="campaign_event_hk",
    src_fk=["user_hk", "promotion_hk"],
    src_payload=[
        "campaign_event_bk",
        "event_type",
        "campaign_bk",
        "campaign_name",
        "canvas_bk",
        "canvas_name",
        "canvas_step_bk",
        "message_variation_bk",
        "dispatch_bk",
        "clicked_url",
        "is_machine_open",
        "is_test",
        "test_user_id",
    ],
    src_eff="occurred_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_engage__event"
) }}
