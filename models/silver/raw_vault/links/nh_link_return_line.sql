{{ automate_dv.nh_link(
    src_pk="return_line_hk",
    src_fk=["customer_hk", "product_hk", "store_hk"],
    src_payload=[
        "return_bk",
        "sale_line_hk",
        "basket_bk",
        "quantity",
        "refund_amount",
        "return_reason",
    ],
    src_eff="returned_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_pos__return_line"
) }}
