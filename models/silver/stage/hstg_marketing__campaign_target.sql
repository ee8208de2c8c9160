{%- set metadata -%}
source_model: stg_marketing__campaign_target
hashed_columns:
  customer_promotion_hk: [customer_bk, promotion_bk]
  customer_hk: customer_bk
  promotion_hk: promotion_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    hashed_columns=metadata.hashed_columns
)) }}
