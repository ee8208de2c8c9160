{%- set metadata -%}
source_model: stg_scoring__score
null_columns:
  required: [model_bk, customer_bk, promotion_bk]
hashed_columns:
  score_hk: [model_bk, model_version, customer_bk, promotion_bk, cut_off_at, scored_at]
  model_hk: model_bk
  customer_hk: customer_bk
  promotion_hk: promotion_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
