{#- Whether the model adds to a table that exists, whatever its materialisation. -#}
{% macro adds_to_target() -%}
    {%- if not execute or should_full_refresh() -%}{{- return(false) -}}{%- endif -%}
    {%- if model.config.materialized not in [
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
    Stages as {stage: {column: its name there}}: given as a name, as such a mapping, or as a list of either. AutomateDV's own
    entry points put a single one into a list.
-#}
{% macro stages_of(source_model) -%}
    {%- if source_model is string -%}
        {{- return({source_model: {}}) -}}
    {%- elif source_model is mapping -%}
        {{- return(source_model) -}}
    {%- endif -%}
    {%- set stages = {} -%}
    {%- for item in source_model -%}
        {%- do stages.update(automate_dv_spark.stages_of(item)) -%}
    {%- endfor -%}
    {{- return(stages) -}}
{%- endmacro %}


{#- The staged rows of all stages, in the target's names. Null keys are left out. -#}
{% macro staged(source_model, columns, not_null) -%}
    {%- for name, names_there in automate_dv_spark.stages_of(source_model).items() %}
        {%- set renamed = names_there or {} -%}
        {%- set here = [] -%}
        {%- for column in columns -%}
            {%- do here.append({
                'source_column': renamed.get(column.alias, column.source_column), 'alias': column.alias
            }) -%}
        {%- endfor -%}
        {%- set keys = [] -%}
        {%- for column in here if column.alias in automate_dv_spark.names(not_null) -%}
            {%- do keys.append(column) -%}
        {%- endfor %}
    select
        {{ automate_dv_spark.select_list(here) }}
    from {{ ref(name) }}
    where {{ automate_dv_spark.all_not_null(keys) }}{{ automate_dv_spark.batch_filter() }}
    {%- if not loop.last %}

    union all
    {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- The first of several stages; it stands for all of them where columns or types are looked up. -#}
{% macro first_stage(source_model) -%}
    {{- return(automate_dv_spark.stages_of(source_model) | list | first) -}}
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
    shuffled. `few_rows_per_key` says that making the staged keys distinct before the broadcast would not pay.
-#}
{% macro target_of_staged_keys(key, columns, few_rows_per_key=false) -%}
    select
        {{ automate_dv_spark.names(columns, 'target') | join(',\n        ') }}
    from {{ this }} as target
    left semi join (
        select /*+ broadcast */{{ '' if few_rows_per_key else ' distinct' }} {{ automate_dv_spark.fingerprint(key, 'staged') }} as fingerprint
        from staged
    ) as staged_keys
        on {{ automate_dv_spark.fingerprint(key, 'target') }} = staged_keys.fingerprint
{%- endmacro %}
