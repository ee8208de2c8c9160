{{ config(materialized='pit_incremental') }}

{{ automate_dv.pit(
    src_pk='customer_hk', as_of_dates_table='as_of_dates',
    satellites={
        'sat_customer': {'pk': {'hk': 'customer_hk'}, 'ldts': {'load_dts': 'load_dts'}},
        'ma_sat_customer_phone': {'pk': {'hk': 'customer_hk'}, 'ldts': {'load_dts': 'load_dts'}},
    },
    stage_tables_ldts={'stage_customer': 'load_dts', 'stage_phone': 'load_dts'}, src_ldts='load_dts',
    source_model='hub_customer'
) }}
