-- The snapshot, grown delivery by delivery, must know exactly the versions that the vault derives from all of history.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select * except (known_at) from " ~ ref('bv_user__versions'),
    rebuilt="select * except (known_at, dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to)
    from " ~ ref('snp_user') ~ " where dbt_valid_to = " ~ end_of_time(),
) }}
