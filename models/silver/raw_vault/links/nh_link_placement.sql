{{ automate_dv.nh_link(
    src_pk="placement_hk",
    src_fk=["product_hk", "store_hk"],
    src_payload=["placement_week", "display_location", "mailer_location"],
    src_eff="placed_on",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_marketing__placement"
) }}
