{%- set metadata -%}
source_model: stg_billing__coupon
null_columns:
  required: [billing_coupon_bk]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns
)) }}
