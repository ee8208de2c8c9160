{%- set metadata -%}
source_model: stg_billing__subscription_item
derived_columns:
  valid_from: applied_dts
  valid_to: "{{ end_of_time() }}"
null_columns:
  required: [subscription_bk, subscription_item_bk]
hashed_columns:
  user_plan_hk: [user_bk, subscription_item_bk, subscription_bk, subscription_plan_bk]
  subscription_hk: subscription_bk
  user_hk: user_bk
  subscription_plan_hk: subscription_plan_bk
  subscription_item_hd:
    is_hashdiff: true
    columns: [subscription_item_bk, price_bk, quantity, item_position, is_removed, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    derived_columns=metadata.derived_columns,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
