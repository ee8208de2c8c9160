{{ automate_dv.hub(
    src_pk='customer_hk', src_nk='customer_id', src_ldts='load_dts', src_source='record_source',
    source_model=['stage_customer', 'stage_phone']
) }}
