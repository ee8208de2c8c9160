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
    {%- set with_source = automate_dv_spark.is_missing(include_source_columns) or include_source_columns -%}
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
