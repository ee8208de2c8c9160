{{ automate_dv.ma_sat(
    src_pk='customer_hk', src_cdk=['phone_kind'], src_hashdiff='phone_hd', src_payload=['phone'], src_ldts='load_dts',
    src_source='record_source', source_model='stage_phone'
) }}
