{{ automate_dv.nh_link(
    src_pk="billing_event_hk",
    src_fk=["user_hk"],
    src_payload=[
        "billing_event_bk",
        "event_type",
        "object_type",
        "object_bk",
        "object_status",
        "billing_customer_bk",
        "subscription_bk",
        "invoice_bk",
        "charge_bk",
        "payment_bk",
        "billing_coupon_bk",
        "amount_minor",
        "currency",
    ],
    src_eff="occurred_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__event"
) }}
