{% test expect_table_columns_to_match_ordered_list(model, column_list, transform="upper") %}
{%- if execute -%}

{%- set columns = dbt_expectations.columns_of(model, 'expect_table_columns_to_match_ordered_list') -%}

with

positions as (

    select
        posexplode(arrays_zip(
            {{ dbt_expectations.sql_array(column_list | map(transform)) }},
            {{ dbt_expectations.sql_array(columns | map(attribute='name') | map(transform)) }}
        )) as (position, names)

)

select
    position + 1 as column_position,
    names.`0` as expected_column,
    names.`1` as actual_column
from positions
where not names.`0` <=> names.`1`

{%- endif -%}
{% endtest %}
