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
    {%- set with_source = include_source_columns is undefined or include_source_columns is none or include_source_columns -%}
    {%- set derived_columns, null_columns, hashed_columns = derived_columns or {}, null_columns or {}, hashed_columns or {} -%}
    {%- set source_types = automate_dv_spark.typed_columns(relation) -%}
    {%- set source_columns = source_types.keys() | list -%}
    {%- set steps = [{'name': 'source_data', 'columns': []}] -%}
    {#- The columns of the last step by their plain names: how each is written, and its type where that is certain. -#}
    {%- set known, types = {}, {} -%}
    {%- for name, type in source_types.items() -%}
        {%- set written = automate_dv_spark.quoted_name(name) -%}
        {%- do steps[0].columns.append(written) -%}
        {%- do known.update({name | lower: written}) -%}
        {%- do types.update({name | lower: type}) -%}
    {%- endfor -%}

    {%- set computed = [] -%}
    {%- if derived_columns -%}
        {%- set types_of_derived = automate_dv_spark.derived_types(derived_columns, known, types) -%}
        {%- do automate_dv_spark.add_step(
            steps, computed, 'derived_columns',
            automate_dv_spark.derived_expressions(derived_columns, known, automate_dv_spark.null_values(null_columns)), known
        ) -%}
        {%- do types.update(types_of_derived) -%}
    {%- endif -%}
    {%- set null_expressions = automate_dv_spark.null_expressions(null_columns) -%}
    {%- if null_expressions -%}
        {%- do automate_dv_spark.add_step(steps, computed, 'null_columns', null_expressions, known) -%}
        {%- for column in automate_dv_spark.null_values(null_columns) -%}
            {%- do types.update({column ~ '_original': types.get(column, ''), column: 'string'}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if hashed_columns -%}
        {%- if var('hash_stable_types', false) -%}
            {%- set types = automate_dv_spark.step_types(relation, steps) -%}
        {%- endif -%}
        {%- do automate_dv_spark.add_step(
            steps, computed, 'hashed_columns', automate_dv_spark.hashed_expressions(
                hashed_columns, source_columns, automate_dv_spark.escaped_columns(derived_columns), types, known
            ), known
        ) -%}
    {%- endif -%}
    {%- if ranked_columns -%}
        {%- do automate_dv_spark.add_step(
            steps, computed, 'ranked_columns', automate_dv_spark.ranked_expressions(ranked_columns, known), known
        ) -%}
    {%- endif -%}
    {%- if not with_source and not computed -%}
        {{ automate_dv_spark.argument_error('stage', 'include_source_columns is false and no other column is given.') }}
    {%- endif -%}
{{ automate_dv_spark.step_sql(relation, steps) }}

select
    {%- if not with_source %}
    {{ computed | unique | join(',\n    ') }}
    {%- elif source_columns %}
    {{ steps[-1].columns | join(',\n    ') }}
    {%- else %}
    *
    {%- endif %}
from {{ steps[-1].name }}
{%- endmacro %}


{#- Adds a step; its columns are those of the step before that it does not replace, then its own. -#}
{% macro add_step(steps, computed, name, expressions, known) -%}
    {%- set own = {} -%}
    {%- for column in expressions -%}
        {%- do own.update({automate_dv_spark.plain_name(column) | lower: column}) -%}
    {%- endfor -%}
    {%- set kept = [] -%}
    {%- for column in steps[-1].columns if automate_dv_spark.plain_name(column) | lower not in own -%}
        {%- do kept.append(column) -%}
    {%- endfor -%}
    {%- do steps.append({
        'name': name, 'kept': kept, 'expressions': expressions, 'columns': kept + expressions.keys() | list
    }) -%}
    {%- do computed.extend(expressions.keys()) -%}
    {%- do known.update(own) -%}
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
            'describe query ' ~ automate_dv_spark.step_sql(automate_dv_spark.stored_relation(relation), steps) ~ '\nselect * from ' ~ steps[-1].name
        ) -%}
        {%- for row in described.rows -%}
            {%- do types.update({row[0] | lower: row[1] | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(types) -}}
{%- endmacro %}


{#- A name as it is written when it is a column of the step before; anything else is SQL and stays as it is. -#}
{% macro written_column(column, known) -%}
    {{- return(known.get(automate_dv_spark.plain_name(column) | lower, column)) -}}
{%- endmacro %}


{#-
    `nulls` are the columns whose nulls are replaced, with their values: a key that is joined from them must not lose its place
    when one is null, or (A, null, B) and (A, B, null) are one key.
-#}
{% macro derived_expressions(derived_columns, known={}, nulls={}) -%}
    {%- set expressions = {} -%}
    {%- for name, value in derived_columns.items() -%}
        {%- set escape = value is mapping and value.escape -%}
        {%- set value = value.source_column if value is mapping else value -%}
        {%- if automate_dv_spark.is_missing(value) -%}
            {{ automate_dv_spark.argument_error('stage', 'the derived column ' ~ name ~ ' has no value.') }}
        {%- endif -%}
        {%- set parts = [] -%}
        {%- for part in ([value] if value is string else value) -%}
            {%- set plain = automate_dv_spark.plain_name(part) | lower -%}
            {%- set part = automate_dv_spark.spark__as_constant(part) -%}
            {%- set part = automate_dv_spark.spark__escape_column_name(part) if escape
                else automate_dv_spark.written_column(part, known) -%}
            {%- if value is not string and plain in nulls and var('null_columns_before_derived', true) -%}
                {%- set part = 'coalesce(cast(' ~ part ~ " as string), '" ~ nulls[plain] ~ "')" -%}
            {%- endif -%}
            {%- do parts.append(part) -%}
        {%- endfor -%}
        {%- do expressions.update({
            (automate_dv_spark.spark__escape_column_name(name) if escape else automate_dv_spark.quoted_name(name)):
                parts[0] if value is string else "concat_ws('||', " ~ parts | join(', ') ~ ')'
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{#- Types of derived columns by lower-case name; that of an expression is not known. -#}
{% macro derived_types(derived_columns, known, types) -%}
    {%- set own = {} -%}
    {%- for name, value in derived_columns.items() -%}
        {%- set value = value.source_column if value is mapping else value -%}
        {%- set plain = automate_dv_spark.plain_name(value) | lower -%}
        {%- set is_text = value is not string or value[:1] == '!' -%}
        {%- do own.update({
            automate_dv_spark.plain_name(name) | lower: 'string' if is_text else types[plain] if plain in known else ''
        }) -%}
    {%- endfor -%}
    {{- return(own) -}}
{%- endmacro %}


{#- The source columns of derived columns that are to be escaped, wherever they are hashed. -#}
{% macro escaped_columns(derived_columns) -%}
    {%- set escaped = [] -%}
    {%- for name, value in derived_columns.items() if value is mapping and value.escape -%}
        {%- do escaped.append(name) -%}
        {%- do escaped.extend([value.source_column] if value.source_column is string else value.source_column) -%}
    {%- endfor -%}
    {{- return(escaped) -}}
{%- endmacro %}


{#- {column: what stands for its nulls}, by lower-case name. -#}
{% macro null_values(null_columns) -%}
    {%- set values = {} -%}
    {%- for kind, columns in null_columns.items() -%}
        {%- set kind = kind | lower -%}
        {%- if kind not in ['required', 'optional'] -%}
            {{ automate_dv_spark.argument_error('stage', 'null_columns knows required and optional. Got: ' ~ kind) }}
        {%- endif -%}
        {%- for column in automate_dv_spark.column_list(columns) -%}
            {%- do values.update({
                automate_dv_spark.plain_name(column.alias) | lower: var('null_key_' ~ kind, '-1' if kind == 'required' else '-2')
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(values) -}}
{%- endmacro %}


{#- The column as text with its null replaced, text on every engine and in both ANSI modes; the raw value as <column>_ORIGINAL. -#}
{% macro null_expressions(null_columns) -%}
    {%- set values = automate_dv_spark.null_values(null_columns) -%}
    {%- set expressions = {} -%}
    {%- for column in automate_dv_spark.column_list(null_columns.values() | list) -%}
        {%- set name = automate_dv_spark.plain_name(column.alias) -%}
        {%- do expressions.update({
            column.alias: 'coalesce(cast(' ~ column.alias ~ " as string), '" ~ values[name | lower] ~ "')",
            automate_dv_spark.quoted_name(name ~ '_ORIGINAL'): column.alias
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{% macro hashed_expressions(hashed_columns, source_columns, escaped, types, known={}) -%}
    {%- set expressions = {} -%}
    {%- for name, value in hashed_columns.items() -%}
        {%- set columns = value -%}
        {%- set is_hashdiff = false -%}
        {%- if value is mapping -%}
            {%- if not value.is_hashdiff and execute -%}
                {%- do exceptions.warn(
                    'stage in model ' ~ model.name ~ ': ' ~ name ~ " has 'columns' but no 'is_hashdiff'; a key is given as a list."
                ) -%}
            {%- endif -%}
            {%- set columns = value.columns -%}
            {%- set is_hashdiff = value.is_hashdiff or false -%}
            {%- if value.exclude_columns -%}
                {#- Candidates are the source's columns; derived ones are never part of such a hashdiff. -#}
                {%- set left_out = [] -%}
                {%- for column in automate_dv_spark.column_list(value.columns) -%}
                    {%- do left_out.append(automate_dv_spark.plain_name(column.alias) | lower) -%}
                {%- endfor -%}
                {%- set columns = [] -%}
                {%- for column in source_columns if column | lower not in left_out -%}
                    {%- do columns.append(column) -%}
                {%- endfor -%}
                {#- A source that does not exist yet has no columns. -#}
                {%- set columns = columns if source_columns else ['!'] -%}
            {%- endif -%}
        {%- endif -%}
        {%- if automate_dv_spark.is_missing(columns) -%}
            {{ automate_dv_spark.argument_error('stage', 'the hashed column ' ~ name ~ ' is made of no column.') }}
        {%- endif -%}
        {%- do expressions.update({
            automate_dv_spark.quoted_name(name):
                automate_dv_spark.spark__hash(columns, none, is_hashdiff, escaped, types, known)
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{% macro ranked_expressions(ranked_columns, known={}) -%}
    {%- set expressions = {} -%}
    {%- for name, value in ranked_columns.items() -%}
        {%- if not value.partition_by or not value.order_by -%}
            {{ automate_dv_spark.argument_error('stage', 'ranked column ' ~ name ~ ' needs partition_by and order_by.') }}
        {%- endif -%}
        {%- if value.dense_rank and value.dense_rank is not sameas true -%}
            {{ automate_dv_spark.argument_error(
                'stage', 'dense_rank of ' ~ name ~ ' is true or false. Got: ' ~ value.dense_rank
            ) }}
        {%- endif -%}
        {%- set partition_by = [] -%}
        {%- for column in ([value.partition_by] if value.partition_by is string else value.partition_by) -%}
            {%- do partition_by.append(automate_dv_spark.written_column(column, known)) -%}
        {%- endfor -%}
        {%- set order_by = [] -%}
        {%- for item in ([value.order_by] if value.order_by is string or value.order_by is mapping else value.order_by) -%}
            {%- if item is mapping -%}
                {%- for column, direction in item.items() -%}
                    {%- do order_by.append((automate_dv_spark.written_column(column, known) ~ ' ' ~ (direction or '')) | trim) -%}
                {%- endfor -%}
            {%- else -%}
                {%- do order_by.append(automate_dv_spark.written_column(item, known)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do expressions.update({
            automate_dv_spark.quoted_name(name): ('dense_rank' if value.dense_rank else 'rank') ~ '() over (partition by ' ~ partition_by | join(', ')
                ~ ' order by ' ~ order_by | join(', ') ~ ')'
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}


{#- AutomateDV's parts of a stage, for models that call them one by one. -#}
{% macro spark__derive_columns(source_relation=none, columns=none) -%}
    {%- if columns is not mapping -%}
        {{ automate_dv_spark.argument_error('derive_columns', 'columns are a mapping {name: value}. Got: ' ~ columns) }}
    {%- endif -%}
    {%- set known = {} -%}
    {%- for column in (automate_dv_spark.relation_columns(source_relation) if source_relation else []) -%}
        {%- do known.update({column | lower: automate_dv_spark.quoted_name(column)}) -%}
    {%- endfor -%}
    {%- set expressions = automate_dv_spark.derived_expressions(columns, known) -%}
    {%- set own = [] -%}
    {%- for column in expressions -%}
        {%- do own.append(automate_dv_spark.plain_name(column) | lower) -%}
    {%- endfor -%}
    {%- set items = [] -%}
    {%- for name, column in known.items() if name not in own -%}
        {%- do items.append(column) -%}
    {%- endfor -%}
    {{- (items + [automate_dv_spark.expression_list(expressions)]) | join(',\n') -}}
{%- endmacro %}


{% macro spark__null_columns(source_relation=none, columns=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.null_expressions(columns or {})) -}}
{%- endmacro %}


{% macro spark__hash_columns(columns=none, columns_to_escape=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.hashed_expressions(columns or {}, [], columns_to_escape or [], none)) -}}
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
