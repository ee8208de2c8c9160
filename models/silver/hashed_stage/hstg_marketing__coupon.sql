{%- set metadata -%}
source_model: stg_marketing__coupon
null_columns:
  required: [coupon_bk, product_bk, promotion_bk]
hashed_columns:
  product_promotion_hk: [product_bk, promotion_bk, coupon_bk]
  coupon_promotion_hk: [coupon_bk, promotion_bk]
  product_hk: product_bk
  promotion_hk: promotion_bk
  coupon_hk: coupon_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
