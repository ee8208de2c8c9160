{{ automate_dv.stage(
    source_model='raw_phone',
    derived_columns={'record_source': '!shop', 'load_dts': 'changed_at'},
    hashed_columns={
        'customer_hk': 'customer_id',
        'phone_hd': {'is_hashdiff': true, 'columns': ['phone_kind', 'phone']},
    },
) }}
