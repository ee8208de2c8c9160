{#-
    Whether the model adds to a table that exists, whatever its materialisation. In a unit test its override of is_incremental
    says so, and the rows of the table are the input `this`.
-#}
{% macro adds_to_target() -%}
    {%- if not execute -%}{{- return(false) -}}{%- endif -%}
    {%- if model.config.materialized == 'unit' -%}
        {%- set adds = ((model.overrides or {}).macros or {}).is_incremental or false -%}
        {%- if adds and not this -%}
            {{ automate_dv_spark.argument_error('unit test', 'with is_incremental: true the input `this` has to be given.') }}
        {%- endif -%}
        {{- return(adds) -}}
    {%- endif -%}
    {%- if model.config.incremental_strategy == 'microbatch' -%}
        {{ automate_dv_spark.argument_error(
            model.config.materialized, 'the strategy microbatch replaces whole batches and loses history; vault tables take append.'
        ) }}
    {%- endif -%}
    {%- if should_full_refresh() or model.config.materialized not in [
        'incremental', 'vault_insert_by_period', 'vault_insert_by_rank', 'pit_incremental', 'bridge_incremental'
    ] -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set existing = load_relation(this) -%}
    {{- return(existing is not none and existing.type == 'table') -}}
{%- endmacro %}


{#- The placeholder that a period or rank materialisation replaces; it restricts every read of a stage. -#}
{% macro batch_filter() -%}
    {%- if model.config.materialized == 'vault_insert_by_period' %} and __PERIOD_FILTER__
    {%- elif model.config.materialized == 'vault_insert_by_rank' %} and __RANK_FILTER__
    {%- endif -%}
{%- endmacro %}


{#-
    Stages as a list of {name, names}, names being {column of the target: its name in the stage}: given as a name, as a
    mapping {stage: names}, or as a list of either. One stage may come several times, each time with other names.
-#}
{% macro stages_of(source_model) -%}
    {%- set stages = automate_dv_spark.flat_stages(source_model) -%}
    {%- for stage in stages if stages.count(stage) > 1 -%}
        {{ automate_dv_spark.argument_error(
            'source_model', 'the stage ' ~ stage.name ~ ' is given twice with the same columns; give it once, or each time with '
            ~ 'other columns: {' ~ stage.name ~ ': {<column of the target>: <column of the stage>}}.'
        ) }}
    {%- endfor -%}
    {{- return(stages) -}}
{%- endmacro %}


{% macro flat_stages(source_model) -%}
    {%- set stages = [] -%}
    {%- if source_model is string -%}
        {%- do stages.append({'name': source_model, 'names': {}}) -%}
    {%- elif source_model is mapping -%}
        {%- for stage, names in source_model.items() -%}
            {%- for names_there in ([names or {}] if names is mapping or not names else names) -%}
                {%- set plain = {} -%}
                {%- for column, there in (names_there or {}).items() -%}
                    {%- do plain.update({automate_dv_spark.plain_name(column) | lower: there}) -%}
                {%- endfor -%}
                {%- do stages.append({'name': stage, 'names': plain}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- else -%}
        {%- for item in source_model -%}
            {%- do stages.extend(automate_dv_spark.flat_stages(item)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(stages) -}}
{%- endmacro %}


{#-
    The staged rows of all stages, in the target's names. Null keys are left out; of columns that stand `together` either all
    are null or none.
-#}
{% macro staged(source_model, columns, not_null, together=[]) -%}
    {%- set stages = automate_dv_spark.stages_of(source_model) -%}
    {%- for stage in stages %}
        {%- set here = automate_dv_spark.columns_of_stage(stage, columns, stages | length > 1) -%}
        {%- set keys = [] -%}
        {%- for column in here if column.alias in automate_dv_spark.names(not_null) -%}
            {%- if column.source_column == 'null' -%}
                {{ automate_dv_spark.argument_error(
                    'source_model', 'the key ' ~ column.alias ~ ' is null in ' ~ stage.name ~ ': no row of it would be loaded.'
                ) }}
            {%- endif -%}
            {%- do keys.append(column) -%}
        {%- endfor -%}
        {%- set pairs = [] -%}
        {%- for column in here if column.alias in automate_dv_spark.names(together) -%}
            {%- do pairs.append(column.source_column) -%}
        {%- endfor %}
    select
        {{ automate_dv_spark.select_list(here) }}
    from {{ ref(stage.name) }}
    where {{ automate_dv_spark.all_not_null(keys) }}
    {%- for column in pairs[1:] %} and ({{ pairs[0] }} is null) = ({{ column }} is null){% endfor %}
    {{- automate_dv_spark.batch_filter() }}
    {%- if not loop.last %}

    union all
    {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{#-
    The target's columns with their names in one stage. A name may be a constant (!text), or null where the stage has no such
    column. Of several stages the columns are looked up, so that a missing one is told by its name.
-#}
{% macro columns_of_stage(stage, columns, is_one_of_several) -%}
    {%- set here = [] -%}
    {%- set used = [] -%}
    {%- for column in columns -%}
        {%- set alias = automate_dv_spark.plain_name(column.alias) | lower -%}
        {%- set source = automate_dv_spark.plain_name(column.source_column) | lower -%}
        {%- set key = alias if alias in stage.names else source -%}
        {%- if key in stage.names -%}
            {%- do used.append(key) -%}
            {%- set there = stage.names[key] -%}
            {%- if there is none or there | string | lower == 'null' -%}
                {%- do here.append({'source_column': 'null', 'alias': column.alias}) -%}
            {%- else -%}
                {%- do here.extend(automate_dv_spark.column_list({'source_column': there, 'alias': column.alias})) -%}
            {%- endif -%}
        {%- else -%}
            {%- do here.append({'source_column': column.source_column, 'alias': column.alias}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in stage.names if name not in used -%}
        {{ automate_dv_spark.argument_error(
            'source_model', 'the mapping of ' ~ stage.name ~ ' names ' ~ name ~ ', which is no column of this table.'
        ) }}
    {%- endfor -%}
    {%- if is_one_of_several and execute -%}
        {%- set there = automate_dv_spark.relation_columns(ref(stage.name)) | map('lower') | list -%}
        {%- for column in here if there and column.source_column != 'null' and column.source_column[0] != "'"
            and '`.`' not in column.source_column and not automate_dv_spark.is_expression(column.source_column)
            and automate_dv_spark.plain_name(column.source_column) | lower not in there -%}
            {{ automate_dv_spark.argument_error(
                'source_model', 'the stage ' ~ stage.name ~ ' has no column ' ~ automate_dv_spark.plain_name(column.source_column)
                ~ '. Say what stands for it: {' ~ stage.name ~ ': {' ~ automate_dv_spark.plain_name(column.alias)
                ~ ": <its column, '!constant' or null>}}."
            ) }}
        {%- endfor -%}
    {%- endif -%}
    {{- return(here) -}}
{%- endmacro %}


{#- The first of several stages; it stands for all of them where columns or types are looked up. -#}
{% macro first_stage(source_model) -%}
    {{- return(automate_dv_spark.stages_of(source_model)[0].name) -}}
{%- endmacro %}


{#- A 64-bit fingerprint of columns. Where two rows meet by fingerprint alone a second one is compared, too: 128 bits. -#}
{% macro fingerprint(columns, prefix='') -%}
xxhash64({{ automate_dv_spark.names(columns, prefix) | join(', ') }})
{%- endmacro %}


{% macro second_fingerprint(columns, prefix='') -%}
xxhash64(7, {{ automate_dv_spark.names(columns, prefix) | join(', ') }})
{%- endmacro %}


{#-
    Whether a relation's key_print and second_key_print are those of the columns. One equality makes the join a lookup of a
    single number; the other is written so that it stays a condition on what the lookup finds.
-#}
{% macro prints_match(columns, left, right) -%}
{{ automate_dv_spark.fingerprint(columns, left) }} = {{ right }}.key_print
            and {{ automate_dv_spark.second_fingerprint(columns, left) }} ^ {{ right }}.second_key_print = 0
{%- endmacro %}


{#-
    Rows of the target for keys that are staged, found by a broadcast of fingerprints, 8 bytes each: the target is not
    shuffled. `few_rows_per_key` says that making the staged keys distinct before the broadcast would not pay; columns that
    are `optional` are null when the target does not have them yet.
-#}
{% macro target_of_staged_keys(key, columns, few_rows_per_key=false, optional=[]) -%}
    {%- set there = automate_dv_spark.relation_columns(this) | map('lower') | list if optional else [] -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- set is_lacking = column in optional and there and automate_dv_spark.plain_name(column.alias) | lower not in there -%}
        {%- do items.append('null as ' ~ column.alias if is_lacking else 'target.' ~ column.alias) -%}
    {%- endfor %}
    select
        {{ items | join(',\n        ') }}
    from {{ this }} as target
    left semi join (
        select /*+ broadcast */{{ '' if few_rows_per_key else ' distinct' }} {{ automate_dv_spark.fingerprint(key, 'staged') }} as fingerprint
        from staged
    ) as staged_keys
        on {{ automate_dv_spark.fingerprint(key, 'target') }} = staged_keys.fingerprint
{%- endmacro %}
