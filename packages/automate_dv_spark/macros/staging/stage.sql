{#-
    Source columns, then derived, null-replaced, hashed and ranked ones; each step sees the columns of those before it. A
    computed column with the name of an earlier one takes its place.
-#}
{% macro spark__stage(include_source_columns=true, source_model=none, hashed_columns=none, derived_columns=none,
                      null_columns=none, ranked_columns=none) -%}
    {{- automate_dv_spark.require_arguments('stage', {'source_model': source_model}) -}}
    {%- if source_model is mapping -%}
        {%- set source_name = source_model | list | first -%}
        {%- set relation = source(source_name, source_model[source_name]) -%}
    {%- elif source_model is string -%}
        {%- set relation = ref(source_model) -%}
    {%- endif -%}
    {%- set source_columns = automate_dv_spark.relation_columns(relation) -%}

    {%- set steps = [{'name': 'source_data', 'columns': source_columns}] -%}
    {%- set computed = [] -%}
    {%- for name, expressions in {
        'derived_columns': automate_dv_spark.derived_expressions(derived_columns or {}),
        'null_columns': automate_dv_spark.null_expressions(null_columns or {}),
    }.items() if expressions -%}
        {%- do automate_dv_spark.add_step(steps, computed, name, expressions) -%}
    {%- endfor -%}
    {%- if hashed_columns -%}
        {%- set types = automate_dv_spark.step_types(relation, steps) if var('hash_stable_types', false) else none -%}
        {%- do automate_dv_spark.add_step(
            steps, computed, 'hashed_columns',
            automate_dv_spark.hashed_expressions(hashed_columns, source_columns, derived_columns or {}, types)
        ) -%}
    {%- endif -%}
    {%- if ranked_columns -%}
        {%- do automate_dv_spark.add_step(
            steps, computed, 'ranked_columns', automate_dv_spark.ranked_expressions(ranked_columns)
        ) -%}
    {%- endif -%}
{{ automate_dv_spark.step_sql(relation, steps) }}

select
    {%- if not include_source_columns %}
    {{ computed | unique | join(',\n    ') }}
    {%- elif source_columns %}
    {{ steps[-1].columns | join(',\n    ') }}
    {%- else %}
    *
    {%- endif %}
from {{ steps[-1].name }}
{%- endmacro %}


{#- Adds a step; its columns are those of the step before that it does not replace, then its own. -#}
{% macro add_step(steps, computed, name, expressions) -%}
    {%- set own = expressions.keys() | map('lower') | list -%}
    {%- set kept = [] -%}
    {%- for column in steps[-1].columns if column | replace('`', '') | lower not in own -%}
        {%- do kept.append(column) -%}
    {%- endfor -%}
    {%- do steps.append({
        'name': name, 'kept': kept, 'expressions': expressions, 'columns': kept + expressions.keys() | list
    }) -%}
    {%- for column in expressions -%}
        {%- do computed.append(column) -%}
    {%- endfor -%}
{%- endmacro %}


{#- The steps as CTEs. A relation that does not exist yet has no columns known: then all of it is taken. -#}
{% macro step_sql(relation, steps) -%}
with

source_data as (

    select * from {{ relation }}

)
{%- for step in steps[1:] %},

{{ step.name }} as (

    select
        {%- for column in step.kept if steps[0].columns %}
        {{ column }},
        {%- endfor %}
        {%- if not steps[0].columns %}
        *,
        {%- endif %}
        {%- for column, expression in step.expressions.items() %}
        {{ expression }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ steps[loop.index0].name }}

)
{%- endfor %}
{%- endmacro %}


{#- Types of the columns that the last step has, by lower-case name. -#}
{% macro step_types(relation, steps) -%}
    {%- set types = {} -%}
    {%- if execute -%}
        {%- set described = run_query(
            'describe query ' ~ automate_dv_spark.step_sql(relation, steps) ~ '\nselect * from ' ~ steps[-1].name
        ) -%}
        {%- for row in described.rows -%}
            {%- do types.update({row[0] | lower: row[1] | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(types) -}}
{%- endmacro %}


{% macro derived_expressions(derived_columns) -%}
    {%- set expressions = {} -%}
    {%- for name, value in derived_columns.items() -%}
        {%- set escape = value is mapping and value.escape -%}
        {%- set value = value.source_column if value is mapping else value -%}
        {%- set parts = [] -%}
        {%- for part in ([value] if value is string else value) -%}
            {%- set part = automate_dv_spark.spark__as_constant(part) -%}
            {%- do parts.append(automate_dv_spark.spark__escape_column_name(part) if escape else part) -%}
        {%- endfor -%}
        {%- do expressions.update({
            (automate_dv_spark.spark__escape_column_name(name) if escape else name):
                parts[0] if value is string else "concat_ws('||', " ~ parts | join(', ') ~ ')'
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{#- The column as text with its null replaced, text on every engine and in both ANSI modes; the raw value as <column>_ORIGINAL. -#}
{% macro null_expressions(null_columns) -%}
    {%- set expressions = {} -%}
    {%- for kind, columns in null_columns.items() -%}
        {%- set kind = kind | lower -%}
        {%- if kind not in ['required', 'optional'] -%}
            {{ automate_dv_spark.argument_error('stage', 'null_columns knows required and optional. Got: ' ~ kind) }}
        {%- endif -%}
        {%- set value = var('null_key_' ~ kind, '-1' if kind == 'required' else '-2') -%}
        {%- for column in ([columns] if columns is string else columns or []) -%}
            {%- do expressions.update({
                column: 'coalesce(cast(' ~ column ~ " as string), '" ~ value ~ "')", column ~ '_ORIGINAL': column
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{% macro hashed_expressions(hashed_columns, source_columns, derived_columns, types) -%}
    {%- set escaped = [] -%}
    {%- for name, value in derived_columns.items() if value is mapping and value.escape -%}
        {%- do escaped.append(name) -%}
    {%- endfor -%}
    {%- set expressions = {} -%}
    {%- for name, value in hashed_columns.items() -%}
        {%- if value is mapping -%}
            {%- if not value.is_hashdiff and execute -%}
                {%- do exceptions.warn(
                    'stage in model ' ~ model.name ~ ': ' ~ name ~ " has 'columns' but no 'is_hashdiff'; a key is given as a list."
                ) -%}
            {%- endif -%}
            {%- set columns = value.columns -%}
            {%- if value.exclude_columns -%}
                {#- Candidates are the source's columns; derived ones are never part of such a hashdiff. -#}
                {%- set left_out = (value.columns or []) | map('lower') | list -%}
                {%- set columns = [] -%}
                {%- for column in source_columns if column | lower not in left_out -%}
                    {%- do columns.append(column) -%}
                {%- endfor -%}
            {%- endif -%}
            {%- if not columns and not execute -%}
                {%- set columns = ["!"] -%}
            {%- endif -%}
            {%- set is_hashdiff = value.is_hashdiff or false -%}
        {%- else -%}
            {%- set columns = value -%}
            {%- set is_hashdiff = false -%}
        {%- endif -%}
        {%- do expressions.update(
            {name: automate_dv_spark.spark__hash(columns, none, is_hashdiff, escaped, types)}
        ) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{% macro ranked_expressions(ranked_columns) -%}
    {%- set expressions = {} -%}
    {%- for name, value in ranked_columns.items() -%}
        {%- if not value.partition_by or not value.order_by -%}
            {{ automate_dv_spark.argument_error('stage', 'ranked column ' ~ name ~ ' needs partition_by and order_by.') }}
        {%- endif -%}
        {%- if value.dense_rank is not none and value.dense_rank is defined and value.dense_rank is not sameas true
            and value.dense_rank is not sameas false -%}
            {{ automate_dv_spark.argument_error(
                'stage', 'dense_rank of ' ~ name ~ ' is true or false. Got: ' ~ value.dense_rank
            ) }}
        {%- endif -%}
        {%- set partition_by = [value.partition_by] if value.partition_by is string else value.partition_by -%}
        {%- set order_by = [] -%}
        {%- for item in ([value.order_by] if value.order_by is string or value.order_by is mapping else value.order_by) -%}
            {%- if item is mapping -%}
                {%- for column, direction in item.items() -%}
                    {%- do order_by.append((column ~ ' ' ~ direction) | trim) -%}
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


{#- AutomateDV's parts of a stage, for models that call them one by one. -#}
{% macro spark__derive_columns(source_relation=none, columns=none) -%}
    {%- set expressions = automate_dv_spark.derived_expressions(columns or {}) -%}
    {%- set own = expressions.keys() | map('lower') | list -%}
    {%- set items = [] -%}
    {%- for column in automate_dv_spark.relation_columns(source_relation) if source_relation and column | lower not in own -%}
        {%- do items.append(column) -%}
    {%- endfor -%}
    {{- (items + [automate_dv_spark.expression_list(expressions)]) | join(',\n') -}}
{%- endmacro %}


{% macro spark__null_columns(source_relation=none, columns=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.null_expressions(columns or {})) -}}
{%- endmacro %}


{% macro spark__hash_columns(columns=none, columns_to_escape=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.hashed_expressions(columns or {}, [], {}, none)) -}}
{%- endmacro %}


{% macro spark__rank_columns(columns=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.ranked_expressions(columns or {})) -}}
{%- endmacro %}


{% macro expression_list(expressions) -%}
    {%- set items = [] -%}
    {%- for name, expression in expressions.items() -%}
        {%- do items.append(expression ~ ' as ' ~ name) -%}
    {%- endfor -%}
    {{- items | join(',\n') -}}
{%- endmacro %}
