{{ automate_dv.nh_link(
    src_pk="sale_line_hk",
    src_fk=["customer_hk", "product_hk", "store_hk"],
    src_payload=[
        "basket_bk",
        "quantity",
        "sales_amount",
        "retail_discount_amount",
        "coupon_discount_amount",
        "coupon_match_discount_amount",
        "sale_week",
    ],
    src_eff="sold_at",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_pos__sale_line"
) }}
