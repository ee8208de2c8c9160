{% test expect_compound_columns_to_be_unique(
    model, column_list, quote_columns=False, ignore_row_if="all_values_are_missing", row_condition=None
) %}

{%- if not column_list or column_list is string -%}
    {{ exceptions.raise_compiler_error(
        "expect_compound_columns_to_be_unique: column_list must be a list of columns. Got: " ~ column_list
    ) }}
{%- endif -%}
{%- set operators = {'all_values_are_missing': ' or ', 'any_value_is_missing': ' and '} -%}
{%- if ignore_row_if not in operators -%}
    {{ exceptions.raise_compiler_error(
        "expect_compound_columns_to_be_unique: ignore_row_if must be one of "
        ~ operators | join(', ') ~ ". Got: " ~ ignore_row_if
    ) }}
{%- endif -%}
{%- set columns = column_list | map('string') | list -%}
{%- if quote_columns -%}
    {%- set columns = [] -%}
    {%- for column in column_list -%}{%- do columns.append(adapter.quote(column)) -%}{%- endfor -%}
{%- endif %}

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    count(*) as n_records
from {{ model }}
where ({% for column in columns %}{{ column }} is not null{{ operators[ignore_row_if] if not loop.last }}{% endfor %})
    {%- if row_condition %}
    and ({{ row_condition }})
    {%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
