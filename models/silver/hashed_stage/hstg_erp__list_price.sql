{%- set metadata -%}
source_model: stg_erp__list_price
null_columns:
  required: [product_bk]
hashed_columns:
  product_hk: product_bk
  product_price_hd:
    is_hashdiff: true
    columns: [list_price_amount, currency, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
