{{ automate_dv.hub(
    src_pk='branch_hk', src_nk='branch_id', src_ldts='load_dts', src_source='record_source', source_model='stage_customer'
) }}
