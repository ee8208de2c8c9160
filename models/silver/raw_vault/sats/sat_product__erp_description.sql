{{ automate_dv.sat(
    src_pk="product_hk",
    src_hashdiff="product_description_hd",
    src_payload=[
        "manufacturer_bk",
        "department",
        "brand",
        "product_category",
        "product_type",
        "package_size",
    ],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_erp__product"
) }}
