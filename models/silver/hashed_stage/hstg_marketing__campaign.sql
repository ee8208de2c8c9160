{%- set metadata -%}
source_model: stg_marketing__campaign
null_columns:
  required: [promotion_bk]
hashed_columns:
  promotion_hk: promotion_bk
  promotion_terms_hd:
    is_hashdiff: true
    columns: [campaign_type, start_date, end_date, discount_terms, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
