{{ automate_dv.hub(
    src_pk="model_hk",
    src_nk="model_bk",
    src_ldts="load_dts",
    src_source="record_source",
    source_model="hstg_scoring__score"
) }}
