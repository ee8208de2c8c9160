{%- set metadata -%}
source_model: stg_billing__event
null_columns:
  required: [billing_event_bk, user_bk]
hashed_columns:
  billing_event_hk: billing_event_bk
  user_hk: user_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
