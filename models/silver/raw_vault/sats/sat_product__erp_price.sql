{{ automate_dv.sat(
    src_pk="product_hk",
    src_hashdiff="product_price_hd",
    src_payload=["list_price_amount", "currency"],
    src_eff="applied_dts",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_erp__list_price"
) }}
