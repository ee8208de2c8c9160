{{ automate_dv_spark.rejected_events(
    stage="hstg_pos__sale_line",
    link="nh_link_sale_line",
    key="sale_line_hk",
    columns=[
        "customer_hk",
        "product_hk",
        "store_hk",
        "basket_bk",
        "quantity",
        "sales_amount",
        "retail_discount_amount",
        "coupon_discount_amount",
        "coupon_match_discount_amount",
        "sale_week",
        "sold_at",
    ],
) }}
