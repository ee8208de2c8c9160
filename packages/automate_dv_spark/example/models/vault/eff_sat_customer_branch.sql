{{ config(is_auto_end_dating=true) }}

-- A customer has one branch at a time: another branch ends the one before.
{{ automate_dv.eff_sat(
    src_pk='customer_branch_hk', src_dfk='customer_hk', src_sfk='branch_hk', src_start_date='start_date',
    src_end_date='end_date', src_eff='effective_from', src_ldts='load_dts', src_source='record_source',
    source_model='stage_customer'
) }}
