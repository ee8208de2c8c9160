{#-
    Loads a vault table step by step: period by period of a timestamp, or rank by rank. The first run takes the first step
    and makes the table; later runs take the rest, each as one insert. A period run starts again at the newest row in the
    table. Only periods that have staged rows are steps.
-#}
{% materialization vault_insert_by_period, adapter='spark' -%}
    {%- set timestamp_field = automate_dv_spark.required_setting('vault_insert_by_period', 'timestamp_field') -%}
    {%- set period = automate_dv_spark.setting('period', 'day') | lower -%}
    {%- if period not in ['microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', 'period is microsecond, millisecond, second, minute, hour, day, week, month, quarter or year. Got: ' ~ period
        ) }}
    {%- endif -%}
    {%- set timestamp_field = automate_dv_spark.field_sql(timestamp_field) -%}
    {%- set limits = automate_dv_spark.period_range(timestamp_field) -%}
    {{ return(automate_dv_spark.materialise_in_steps(
        '__PERIOD_FILTER__', automate_dv_spark.period_filters(timestamp_field, period, limits)
    )) }}
{%- endmaterialization %}


{% materialization vault_insert_by_rank, adapter='spark' -%}
    {%- set rank_column = automate_dv_spark.field_sql(automate_dv_spark.required_setting('vault_insert_by_rank', 'rank_column')) -%}
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
    {%- if automate_dv_spark.is_missing(value) -%}
        {{ automate_dv_spark.argument_error(materialisation, 'the config ' ~ name ~ ' is missing.') }}
    {%- endif -%}
    {{- return(value) -}}
{%- endmacro %}


{#- A column that a config names, or an expression. -#}
{% macro field_sql(field) -%}
    {{- return(field if automate_dv_spark.is_expression(field) else automate_dv_spark.quoted_name(field)) -}}
{%- endmacro %}


{#- First and last moment to load, as SQL: given by start_date and stop_date, or found in date_source_models. -#}
{% macro period_range(timestamp_field) -%}
    {%- set start = automate_dv_spark.setting('start_date', none) -%}
    {%- set stop = automate_dv_spark.setting('stop_date', none) | string -%}
    {%- set models = automate_dv_spark.setting('date_source_models', none) -%}
    {%- if not automate_dv_spark.is_missing(start) -%}
        {#- A stop without a time of day is a day, and the whole day is loaded. -#}
        {%- if stop in ['', 'None'] -%}
            {%- set stop_sql = 'current_timestamp()' -%}
        {%- elif stop | length > 10 -%}
            {%- set stop_sql = "timestamp'" ~ stop ~ "'" -%}
        {%- else -%}
            {%- set stop_sql = "timestampadd(microsecond, -1, timestampadd(day, 1, timestamp'" ~ stop ~ "'))" -%}
        {%- endif -%}
        {{- return({'start': "timestamp'" ~ start ~ "'", 'stop': stop_sql}) -}}
    {%- elif automate_dv_spark.is_missing(models) -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', 'one of the configs start_date and date_source_models is needed.'
        ) }}
    {%- endif -%}
    {%- set relations = [] -%}
    {%- for name in ([models] if models is string else models) -%}
        {%- do relations.append(ref(name)) -%}
    {%- endfor -%}
    {%- set moments = automate_dv_spark.moments_of(relations, timestamp_field) -%}
    {{- return({'start': '(select min(at) from ' ~ moments ~ ')', 'stop': '(select max(at) from ' ~ moments ~ ')'}) -}}
{%- endmacro %}


{#- All values of the timestamp in some relations. -#}
{% macro moments_of(relations, timestamp_field) -%}
    {%- set moments = [] -%}
    {%- for relation in relations -%}
        {%- do moments.append('select cast(' ~ timestamp_field ~ ' as timestamp) as at from ' ~ relation) -%}
    {%- endfor -%}
    {{- return('(' ~ moments | join(' union all ') ~ ') as moments') -}}
{%- endmacro %}


{#- The models and sources that this model reads and that have the column: where its staged rows are. -#}
{% macro staged_relations(column) -%}
    {%- set relations = [] -%}
    {%- for id in model.depends_on.nodes -%}
        {%- set node = graph.nodes.get(id) or graph.sources.get(id) -%}
        {%- if node and node.config.materialized != 'ephemeral' -%}
            {%- if node.resource_type == 'source' -%}
                {%- set relation = source(node.source_name, node.name) -%}
            {%- else -%}
                {%- set relation = ref(node.package_name, node.name, v=node.version) -%}
            {%- endif -%}
            {%- if automate_dv_spark.plain_name(column) | lower in automate_dv_spark.relation_columns(relation) | map('lower') -%}
                {%- do relations.append(relation) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(relations) -}}
{%- endmacro %}


{#-
    One condition per period that has staged rows, from the newest row in the table (or the start) to the stop. Moments are
    numbers of microseconds, so that an hour that comes twice in a time zone is two.
-#}
{% macro period_filters(timestamp_field, period, limits) -%}
    {%- set existing = load_relation(this) -%}
    {%- set adds = existing is not none and existing.type == 'table' and not should_full_refresh() -%}
    {%- set from_sql = limits.start -%}
    {%- if adds -%}
        {%- set from_sql = 'coalesce((select max(cast(' ~ timestamp_field ~ ' as timestamp)) from ' ~ this ~ '), ' ~ limits.start ~ ')' -%}
    {%- endif -%}
    {%- set relations = automate_dv_spark.staged_relations(timestamp_field) -%}
    {%- if not relations -%}
        {#- Own SQL may compute the timestamp itself; then the periods are counted. -#}
        {%- set moments -%}
(select explode(sequence(date_trunc('{{ period }}', from_at), stop_at, interval 1 {{ period }})) as at from bounds) as moments
        {%- endset -%}
    {%- else -%}
        {%- set moments = automate_dv_spark.moments_of(relations, timestamp_field) -%}
    {%- endif -%}
    {%- set periods -%}
with

bounds as (

    select least(from_at, stop_at) as from_at, stop_at
    from (select {{ from_sql }} as from_at, {{ limits.stop }} as stop_at) as given

),

periods as (

    select distinct date_trunc('{{ period }}', at) as begins_at
    from {{ moments }}
    where at >= (select {{ 'from_at' if relations else "date_trunc('" ~ period ~ "', from_at)" }} from bounds)
        and at <= (select stop_at from bounds)

)

select
    greatest(unix_micros(begins_at), (select unix_micros(from_at) from bounds)) as first_micros,
    least(
        unix_micros(timestampadd({{ period }}, 1, begins_at)) - 1, (select unix_micros(stop_at) from bounds)
    ) as last_micros
from periods
order by 1
    {%- endset -%}
    {%- set at = 'cast(' ~ timestamp_field ~ ' as timestamp)' -%}
    {%- set filters = [] -%}
    {%- for row in run_query(periods).rows -%}
        {%- do filters.append(
            '(' ~ at ~ ' >= timestamp_micros(' ~ row[0] ~ ') and ' ~ at ~ ' <= timestamp_micros(' ~ row[1] ~ '))'
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

    {%- if automate_dv_spark.is_made_anew(existing) -%}
        {%- do automate_dv_spark.make_table(
            target_relation, existing, sql | replace(placeholder, filters[0] if filters else 'false')
        ) -%}
    {%- else -%}
        {%- do automate_dv_spark.change_schema(existing, sql | replace(placeholder, 'false')) -%}
        {%- set columns = automate_dv_spark.target_columns(target_relation) -%}
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

    {%- do automate_dv_spark.finish_table(target_relation, existing) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
