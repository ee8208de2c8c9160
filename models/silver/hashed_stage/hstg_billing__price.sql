{%- set metadata -%}
source_model: stg_billing__price
null_columns:
  required: [price_bk, subscription_plan_bk]
hashed_columns:
  price_plan_hk: [price_bk, subscription_plan_bk]
  price_hk: price_bk
  subscription_plan_hk: subscription_plan_bk
  price_hd:
    is_hashdiff: true
    columns: [currency, unit_amount_minor, interval_unit, interval_count, is_metered, is_active, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
