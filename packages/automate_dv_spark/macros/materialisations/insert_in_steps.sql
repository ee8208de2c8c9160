{#-
    Loads a vault table step by step: period by period of a timestamp, or rank by rank. The first run takes the first step
    and makes the table; later runs take the rest, each as one insert. A period run starts again at the period of the
    newest row in the table.
-#}
{% materialization vault_insert_by_period, adapter='spark' -%}
    {%- set timestamp_field = automate_dv_spark.required_setting('vault_insert_by_period', 'timestamp_field') -%}
    {%- set period = automate_dv_spark.setting('period', 'day') | lower -%}
    {%- if period not in ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', 'period is millisecond, second, minute, hour, day, week, month, quarter or year. Got: ' ~ period
        ) }}
    {%- endif -%}
    {%- set limits = automate_dv_spark.period_range(timestamp_field) -%}
    {{ return(automate_dv_spark.materialise_in_steps(
        '__PERIOD_FILTER__', automate_dv_spark.period_filters(timestamp_field, period, limits)
    )) }}
{%- endmaterialization %}


{% materialization vault_insert_by_rank, adapter='spark' -%}
    {%- set rank_column = automate_dv_spark.required_setting('vault_insert_by_rank', 'rank_column') -%}
    {%- set models = automate_dv_spark.required_setting('vault_insert_by_rank', 'rank_source_models') -%}
    {%- set stages = [] -%}
    {%- for name in ([models] if models is string else models) -%}
        {%- do stages.append('select ' ~ rank_column ~ ' as step from ' ~ ref(name)) -%}
    {%- endfor -%}
    {%- set ranks = run_query(
        'select distinct cast(step as int) from (' ~ stages | join(' union all ') ~ ') as stages where step is not null order by 1'
    ).columns[0].values() -%}
    {%- set filters = [] -%}
    {%- for rank in ranks -%}
        {%- do filters.append('cast(' ~ rank_column ~ ' as int) = ' ~ rank) -%}
    {%- endfor -%}
    {{ return(automate_dv_spark.materialise_in_steps('__RANK_FILTER__', filters)) }}
{%- endmaterialization %}


{% macro required_setting(materialisation, name) -%}
    {%- set value = automate_dv_spark.setting(name, none) -%}
    {%- if value is none -%}
        {{ automate_dv_spark.argument_error(materialisation, 'the config ' ~ name ~ ' is missing.') }}
    {%- endif -%}
    {{- return(value) -}}
{%- endmacro %}


{#- First and last moment to load, as SQL: given by start_date and stop_date, or found in date_source_models. -#}
{% macro period_range(timestamp_field) -%}
    {%- set start = automate_dv_spark.setting('start_date', none) -%}
    {%- set stop = automate_dv_spark.setting('stop_date', none) -%}
    {%- set models = automate_dv_spark.setting('date_source_models', none) -%}
    {%- if start is not none -%}
        {#- A stop date is a day, and the whole day is loaded. -#}
        {{- return({
            'start': "timestamp'" ~ start ~ "'",
            'stop': "timestampadd(microsecond, -1, timestampadd(day, 1, timestamp'" ~ stop ~ "'))" if stop is not none
                else 'current_timestamp()'
        }) -}}
    {%- elif models is none -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', 'one of the configs start_date and date_source_models is needed.'
        ) }}
    {%- endif -%}
    {%- set stages = [] -%}
    {%- for name in ([models] if models is string else models) -%}
        {%- do stages.append('select cast(' ~ timestamp_field ~ ' as timestamp) as at from ' ~ ref(name)) -%}
    {%- endfor -%}
    {%- set stages = '(' ~ stages | join(' union all ') ~ ') as stages' -%}
    {{- return({'start': '(select min(at) from ' ~ stages ~ ')', 'stop': '(select max(at) from ' ~ stages ~ ')'}) -}}
{%- endmacro %}


{#- One condition per period, from the period of the newest row in the table (or of the start) to that of the stop. -#}
{% macro period_filters(timestamp_field, period, limits) -%}
    {%- set existing = load_relation(this) -%}
    {%- set adds = existing is not none and existing.type == 'table' and not should_full_refresh() -%}
    {%- set from_sql = limits.start -%}
    {%- if adds -%}
        {%- set from_sql = 'coalesce((select max(cast(' ~ timestamp_field ~ ' as timestamp)) from ' ~ this ~ '), ' ~ limits.start ~ ')' -%}
    {%- endif -%}
    {%- set bounds = run_query(
        'select cast(date_trunc(\'' ~ period ~ '\', least(from_at, stop_at)) as string), cast(least(from_at, stop_at) as string), '
        ~ 'cast(timestampdiff(' ~ period ~ ', date_trunc(\'' ~ period ~ '\', least(from_at, stop_at)), date_trunc(\'' ~ period
        ~ '\', stop_at)) as int) from (select ' ~ from_sql ~ ' as from_at, ' ~ limits.stop ~ ' as stop_at) as bounds'
    ).rows[0] -%}
    {#- Without a staged row there is nothing to load, and without any row nothing to begin with. -#}
    {%- if bounds[0] is none or bounds[2] is none -%}
        {{- return([]) -}}
    {%- endif -%}
    {%- if bounds[2] > 100000 -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', bounds[2] ~ ' periods are more than the 100000 that one run may take; choose a longer period.'
        ) }}
    {%- endif -%}
    {%- set filters = [] -%}
    {%- for step in range(bounds[2] + 1) -%}
        {%- set begin = "timestampadd(" ~ period ~ ', ' ~ step ~ ", timestamp'" ~ bounds[0] ~ "')" -%}
        {%- set end = "timestampadd(" ~ period ~ ', ' ~ (step + 1) ~ ", timestamp'" ~ bounds[0] ~ "')" -%}
        {%- set at = 'cast(' ~ timestamp_field ~ ' as timestamp)' -%}
        {%- do filters.append(
            '(' ~ at ~ ' >= ' ~ (begin if step > 0 else "timestamp'" ~ bounds[1] ~ "'") ~ ' and ' ~ at ~ ' < ' ~ end ~ ')'
        ) -%}
    {%- endfor -%}
    {{- return(filters) -}}
{%- endmacro %}


{% macro materialise_in_steps(placeholder, filters) -%}
    {%- if placeholder not in sql -%}
        {{ automate_dv_spark.argument_error(
            model.config.materialized, 'the SQL lacks ' ~ placeholder ~ '; the table macros write it, own SQL must do so too.'
        ) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if existing is none or existing.type != 'table' or should_full_refresh() -%}
        {%- if existing is not none and existing.type != 'table' -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, sql | replace(placeholder, filters[0] if filters else 'false')) }}
        {%- endcall -%}
    {%- else -%}
        {%- set columns = automate_dv_spark.relation_columns(target_relation) | join(', ') -%}
        {%- for filter in filters -%}
            {%- call statement('step_' ~ loop.index) -%}
                insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from (
                    {{ sql | replace(placeholder, filter) }}
                ) as step_rows
            {%- endcall -%}
        {%- endfor -%}
        {%- call noop_statement('main', 'INSERT in ' ~ filters | length ~ ' steps') -%}
            {{ sql }}
        {%- endcall -%}
    {%- endif -%}

    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
