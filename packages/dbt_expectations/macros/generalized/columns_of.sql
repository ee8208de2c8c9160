{#- Names and types from the catalog; no row is read. With a `where` dbt passes a subquery, unknown to the catalog. -#}
{% macro columns_of(model, test_name) -%}
    {%- if model is string -%}
        {{ exceptions.raise_compiler_error(
            test_name ~ " looks at the table's columns, never at rows: remove `where` from the test. Got: " ~ model
        ) }}
    {%- endif -%}
    {{ return(adapter.get_columns_in_relation(model)) }}
{%- endmacro %}
