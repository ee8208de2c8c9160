{{ config(materialized='bridge_incremental') }}

{{ automate_dv.bridge(
    src_pk='customer_hk', as_of_dates_table='as_of_dates',
    bridge_walk={'customer_branch': {
        'bridge_link_pk': 'customer_branch_hk', 'bridge_end_date': 'end_date', 'bridge_load_date': 'load_dts',
        'link_table': 'link_customer_branch', 'link_pk': 'customer_branch_hk', 'link_fk1': 'customer_hk',
        'link_fk2': 'branch_hk',
        'eff_sat_table': 'eff_sat_customer_branch', 'eff_sat_pk': 'customer_branch_hk', 'eff_sat_end_date': 'end_date',
        'eff_sat_load_date': 'load_dts',
    }},
    stage_tables_ldts={'stage_customer': 'load_dts'}, src_ldts='load_dts', source_model='hub_customer'
) }}
