{{ automate_dv.ma_sat(
    src_pk="product_store_hk",
    src_cdk=["placement_week", "display_location", "mailer_location"],
    src_hashdiff="placement_hd",
    src_payload=["placed_on"],
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__placement"
) }}
