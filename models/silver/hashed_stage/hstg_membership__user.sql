{%- set metadata -%}
source_model: stg_membership__user
derived_columns:
  valid_from: applied_dts
  valid_to: "{{ end_of_time() }}"
null_columns:
  required: [user_bk]
hashed_columns:
  user_customer_hk: [user_bk, customer_bk]
  user_hk: user_bk
  customer_hk: customer_bk
  user_hd:
    is_hashdiff: true
    columns: [country, is_deleted]
  user_personal_hd:
    is_hashdiff: true
    columns: [full_name, email, biography]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    derived_columns=metadata.derived_columns,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
