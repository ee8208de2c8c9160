{{ automate_dv_spark.rejected_events(
    stage="hstg_pos__return_line",
    link="nh_link_return_line",
    key="return_line_hk",
    columns=[
        "customer_hk",
        "product_hk",
        "store_hk",
        "return_bk",
        "sale_line_hk",
        "basket_bk",
        "quantity",
        "refund_amount",
        "return_reason",
        "returned_at",
    ],
) }}
