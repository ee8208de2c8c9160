{#-
    Source columns, then derived, hashed and ranked ones; each step sees the columns of those before it. A computed column
    with the name of a source column takes its place.
-#}
{% macro spark__stage(include_source_columns=true, source_model=none, hashed_columns=none, derived_columns=none,
                      null_columns=none, ranked_columns=none) -%}
    {{- automate_dv_spark.require_arguments('stage', {'source_model': source_model}) -}}
    {%- if null_columns -%}
        {{ exceptions.raise_compiler_error('stage: null_columns is not implemented yet (model ' ~ model.name ~ ').') }}
    {%- endif -%}
    {%- if source_model is mapping -%}
        {%- set source_name = source_model | list | first -%}
        {%- set relation = source(source_name, source_model[source_name]) -%}
    {%- else -%}
        {%- set relation = ref(source_model) -%}
    {%- endif -%}

    {%- set derived = automate_dv_spark.derived_expressions(derived_columns or {}) -%}
    {%- set hashed = automate_dv_spark.hashed_expressions(hashed_columns or {}) -%}
    {%- set ranked = automate_dv_spark.ranked_expressions(ranked_columns or {}) -%}
    {%- set computed = derived.keys() | list + hashed.keys() | list + ranked.keys() | list -%}
with

source_data as (

    select * from {{ relation }}

)

{%- set steps = ['source_data'] -%}
{%- for name, expressions in [('derived_columns', derived), ('hashed_columns', hashed), ('ranked_columns', ranked)]
    if expressions %},

{{ name }} as (

    select
        *,
        {%- for column, expression in expressions.items() %}
        {{ expression }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ steps[-1] }}

)
    {%- do steps.append(name) -%}
{%- endfor %}

select
    {{ '*' if include_source_columns else computed | join(',\n    ') }}
from {{ steps[-1] }}
{%- endmacro %}


{% macro derived_expressions(derived_columns) -%}
    {%- set expressions = {} -%}
    {%- for name, value in derived_columns.items() -%}
        {%- set value = value.source_column if value is mapping else value -%}
        {%- if value is string -%}
            {%- do expressions.update({name: "'" ~ value[1:] ~ "'" if value.startswith('!') else value}) -%}
        {%- else -%}
            {%- set parts = [] -%}
            {%- for part in value -%}
                {%- do parts.append("'" ~ part[1:] ~ "'" if part.startswith('!') else part) -%}
            {%- endfor -%}
            {%- do expressions.update({name: "concat_ws('||', " ~ parts | join(', ') ~ ')'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{% macro hashed_expressions(hashed_columns) -%}
    {%- set expressions = {} -%}
    {%- for name, value in hashed_columns.items() -%}
        {%- if value is mapping -%}
            {%- if value.exclude_columns -%}
                {{ exceptions.raise_compiler_error(
                    'stage: exclude_columns of ' ~ name ~ ' is not implemented yet (model ' ~ model.name ~ '); list the columns.'
                ) }}
            {%- endif -%}
            {%- do expressions.update(
                {name: automate_dv_spark.spark__hash(value.columns, none, value.is_hashdiff or false)}
            ) -%}
        {%- else -%}
            {%- do expressions.update({name: automate_dv_spark.spark__hash(value)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{% macro ranked_expressions(ranked_columns) -%}
    {%- set expressions = {} -%}
    {%- for name, value in ranked_columns.items() -%}
        {%- set partition_by = [value.partition_by] if value.partition_by is string else value.partition_by -%}
        {%- set order_by = [] -%}
        {%- for item in ([value.order_by] if value.order_by is string or value.order_by is mapping else value.order_by) -%}
            {%- if item is mapping -%}
                {%- for column, direction in item.items() -%}
                    {%- do order_by.append(column ~ ' ' ~ direction) -%}
                {%- endfor -%}
            {%- else -%}
                {%- do order_by.append(item) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do expressions.update({
            name: ('dense_rank' if value.dense_rank else 'rank') ~ '() over (partition by ' ~ partition_by | join(', ')
                ~ ' order by ' ~ order_by | join(', ') ~ ')'
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}
