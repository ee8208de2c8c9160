{%- set metadata -%}
source_model: stg_billing__product
null_columns:
  required: [subscription_plan_bk]
hashed_columns:
  subscription_plan_hk: subscription_plan_bk
  subscription_plan_hd:
    is_hashdiff: true
    columns: [billing_product_bk, plan_name, is_active, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
