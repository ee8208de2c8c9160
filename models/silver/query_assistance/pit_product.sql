{{ automate_dv.pit(
    src_pk="product_hk",
    as_of_dates_table="as_of_month_end",
    satellites={
        "sat_product__erp_description": {"pk": {"hk": "product_hk"}, "ldts": {"load_dts": "load_dts"}},
        "sat_product__erp_price": {"pk": {"hk": "product_hk"}, "ldts": {"load_dts": "load_dts"}},
    },
    stage_tables_ldts={
        "sat_product__erp_description": "load_dts",
        "sat_product__erp_price": "load_dts",
    },
    src_ldts="load_dts",
    source_model="hub_product"
) }}
