{%- set metadata -%}
source_model: stg_marketing__campaign_target
derived_columns:
  valid_from: targeted_at
  valid_to: "{{ end_of_time() }}"
  applied_dts: targeted_at
null_columns:
  required: [customer_bk, promotion_bk]
hashed_columns:
  customer_promotion_hk: [customer_bk, promotion_bk]
  customer_hk: customer_bk
  promotion_hk: promotion_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    derived_columns=metadata.derived_columns,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
