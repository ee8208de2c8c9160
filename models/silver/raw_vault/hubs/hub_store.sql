{{ automate_dv.hub(
    src_pk="store_hk",
    src_nk="store_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model=["hstg_pos__sale_line", "hstg_pos__return_line", "hstg_marketing__placement"]
) }}
