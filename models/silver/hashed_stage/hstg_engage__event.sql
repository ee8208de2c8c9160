{%- set metadata -%}
source_model: stg_engage__event
null_columns:
  required: [campaign_event_bk, user_bk, promotion_bk]
hashed_columns:
  campaign_event_hk: campaign_event_bk
  user_hk: user_bk
  promotion_hk: promotion_bk
  user_engage_personal_hd:
    is_hashdiff: true
    columns: [engage_user_bk, email, time_zone]
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
