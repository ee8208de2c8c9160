{%- set derived_columns -%}
record_source: "!shop"
load_dts: changed_at
effective_from: changed_at
start_date: changed_at
end_date: "timestamp'9999-12-31 23:59:59.999999'"
{%- endset -%}

{%- set hashed_columns -%}
customer_hk: customer_id
branch_hk: branch_id
customer_branch_hk: [customer_id, branch_id]
customer_hd: {is_hashdiff: true, columns: [customer_name, city]}
{%- endset -%}

{{ automate_dv.stage(
    source_model='raw_customer', derived_columns=fromyaml(derived_columns), hashed_columns=fromyaml(hashed_columns)
) }}
