{%- set metadata -%}
source_model: stg_marketing__placement
null_columns:
  required: [product_bk, store_bk]
hashed_columns:
  product_store_hk: [product_bk, store_bk]
  product_hk: product_bk
  store_hk: store_bk
  placement_hd:
    is_hashdiff: true
    columns: [placement_week, display_location, mailer_location, placed_on]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
