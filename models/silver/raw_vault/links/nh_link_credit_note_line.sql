{{ automate_dv.nh_link(
    src_pk="credit_note_line_hk",
    src_fk=["invoice_hk"],
    src_payload=[
        "credit_note_line_bk",
        "credit_note_bk",
        "invoice_line_bk",
        "currency",
        "amount_minor",
        "discount_minor",
        "tax_minor",
        "inclusive_tax_minor",
    ],
    src_eff="credited_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_billing__credit_note_line"
) }}
