{%- set metadata -%}
source_model: stg_billing__invoice_line
null_columns:
  required: [invoice_line_bk, invoice_bk, subscription_bk, price_bk]
hashed_columns:
  invoice_line_hk: [invoice_line_bk, invoice_bk, subscription_bk, price_bk]
  invoice_hk: invoice_bk
  subscription_hk: subscription_bk
  price_hk: price_bk
  invoice_line_hd:
    is_hashdiff: true
    columns:
      - subscription_item_bk
      - currency
      - quantity
      - amount_minor
      - discount_minor
      - tax_minor
      - inclusive_tax_minor
      - is_proration
      - period_start_at
      - period_end_at
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
