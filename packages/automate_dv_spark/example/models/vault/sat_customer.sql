{{ automate_dv.sat(
    src_pk='customer_hk', src_hashdiff='customer_hd', src_payload=['customer_name', 'city'], src_eff='effective_from',
    src_ldts='load_dts', src_source='record_source', source_model='stage_customer'
) }}
