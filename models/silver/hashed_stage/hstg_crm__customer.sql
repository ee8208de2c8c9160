{%- set metadata -%}
source_model: stg_crm__customer
null_columns:
  required: [customer_bk]
hashed_columns:
  customer_hk: customer_bk
  customer_demographics_hd:
    is_hashdiff: true
    columns: [age_band, income_band, home_ownership, marital_status, household_size, household_composition, kids_count, profile_updated_at]
  customer_contact_hd:
    is_hashdiff: true
    columns: [first_name, last_name, email, phone, contact_updated_at]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
