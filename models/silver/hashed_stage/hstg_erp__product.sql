{%- set metadata -%}
source_model: stg_erp__product
null_columns:
  required: [product_bk]
hashed_columns:
  product_hk: product_bk
  product_description_hd:
    is_hashdiff: true
    columns: [manufacturer_bk, department, brand, product_category, product_type, package_size, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
