{%- set metadata -%}
source_model: stg_marketing__coupon_redemption
null_columns:
  required: [customer_bk, coupon_bk, promotion_bk]
hashed_columns:
  coupon_redemption_hk: [customer_bk, coupon_bk, promotion_bk, redeemed_on]
  customer_hk: customer_bk
  coupon_hk: coupon_bk
  promotion_hk: promotion_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
