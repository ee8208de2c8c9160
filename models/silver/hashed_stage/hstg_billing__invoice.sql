{%- set metadata -%}
source_model: stg_billing__invoice
null_columns:
  required: [invoice_bk]
hashed_columns:
  invoice_hk: invoice_bk
  invoice_hd:
    is_hashdiff: true
    columns:
      - billing_customer_bk
      - invoice_number
      - currency
      - status
      - billing_reason
      - created_at
      - finalized_at
      - paid_at
      - voided_at
      - uncollectible_at
      - subtotal_minor
      - total_minor
      - amount_due_minor
      - amount_paid_minor
      - starting_balance_minor
      - applied_dts
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
