{%- set metadata -%}
source_model: stg_pos__return_line
null_columns:
  required: [return_bk, basket_bk, product_bk, customer_bk, store_bk]
hashed_columns:
  return_line_hk: return_bk
  sale_line_hk: [basket_bk, product_bk]
  customer_hk: customer_bk
  product_hk: product_bk
  store_hk: store_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
