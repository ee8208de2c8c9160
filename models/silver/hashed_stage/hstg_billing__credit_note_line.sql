{%- set metadata -%}
source_model: stg_billing__credit_note_line
null_columns:
  required: [credit_note_line_bk, invoice_bk]
hashed_columns:
  credit_note_line_hk: credit_note_line_bk
  invoice_hk: invoice_bk
{%- endset -%}

{%- set metadata = fromyaml(metadata) -%}

{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model=metadata.source_model,
    null_columns=metadata.null_columns,
    hashed_columns=metadata.hashed_columns
)) }}
