{{ automate_dv.hub(
    src_pk="product_hk",
    src_nk="product_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=[
        "hstg_erp__product",
        "hstg_erp__list_price",
        "hstg_pos__sale_line",
        "hstg_pos__return_line",
        "hstg_marketing__coupon",
        "hstg_marketing__placement",
        "hstg_shop__web_event",
    ]
) }}
