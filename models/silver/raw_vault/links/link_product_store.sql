{{ automate_dv.link(
    src_pk="product_store_hk",
    src_fk=["product_hk", "store_hk"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__placement"
) }}
