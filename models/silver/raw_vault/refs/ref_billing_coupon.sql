{{ automate_dv.ref_table(
    src_pk="billing_coupon_bk",
    src_extra_columns=[
        "percent_off",
        "amount_off_minor",
        "currency",
        "duration",
        "duration_in_months",
    ],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__coupon"
) }}
