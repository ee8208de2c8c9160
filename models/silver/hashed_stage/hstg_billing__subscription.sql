{%- set metadata -%}
source_model: stg_billing__subscription
null_columns:
  required: [subscription_bk, user_bk]
hashed_columns:
  subscription_hk: subscription_bk
  user_hk: user_bk
  subscription_hd:
    is_hashdiff: true
    columns:
      - currency
      - status
      - pause_behavior
      - is_ending
      - end_reason
      - started_at
      - trial_end_at
      - cancelled_at
      - ended_at
      - period_start_at
      - period_end_at
      - discount_bks
      - inclusive_tax_percent
      - applied_dts
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
