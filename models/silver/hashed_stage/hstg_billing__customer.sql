{%- set metadata -%}
source_model: stg_billing__customer
null_columns:
  required: [user_bk]
hashed_columns:
  user_hk: user_bk
  user_hd:
    is_hashdiff: true
    columns: [billing_customer_bk, country, currency, is_deleted, applied_dts]
  user_personal_hd:
    is_hashdiff: true
    columns: [full_name, email, phone, address_line_1, address_line_2, postal_code, city, applied_dts]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
