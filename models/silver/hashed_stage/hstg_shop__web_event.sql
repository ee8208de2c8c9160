{%- set metadata -%}
source_model: stg_shop__web_event
null_columns:
  required: [web_event_bk, customer_bk, product_bk, promotion_bk]
hashed_columns:
  web_event_hk: web_event_bk
  customer_hk: customer_bk
  product_hk: product_bk
  promotion_hk: promotion_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
