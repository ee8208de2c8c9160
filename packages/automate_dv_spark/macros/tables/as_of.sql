{#- A relation given as model name, {source: table} or relation. -#}
{% macro relation_of(name) -%}
    {%- if name is string -%}
        {{- return(ref(name)) -}}
    {%- elif name is mapping and name.identifier is not defined -%}
        {#- A relation passes for a mapping; AutomateDV's own entry points give one. -#}
        {{- return(source(name | list | first, name.values() | first)) -}}
    {%- endif -%}
    {{- return(name) -}}
{%- endmacro %}


{#-
    The as-of dates of a PIT or bridge, and which of them this run has to write; known when the model is compiled, so that
    they stand in the SQL as literals.

    Gives {all, affected, backfill, replaced}: `affected` dates are written for all keys: those since the earliest staged
    load, and those that the table does not hold. `backfill` dates are older; only keys that the table does not hold lack
    them. `replaced` is a condition for the rows that go: affected dates, and dates that have left the as-of table. Stages
    without rows say nothing; if all are empty, nothing but new dates is affected. When the table lacks one of the `columns` and
    is to get it, all dates are affected.

    In a unit test the dates are rows given there, so that they are a query.
-#}
{% macro as_of_window(as_of_dates_table, stage_tables_ldts, columns) -%}
    {%- set window = {'all': [], 'affected': [], 'backfill': [], 'replaced': none} -%}
    {%- set relation = automate_dv_spark.relation_of(as_of_dates_table) -%}
    {%- set stages = [] -%}
    {%- for stage, ldts in stage_tables_ldts.items() -%}
        {%- do stages.append('select min(' ~ ldts ~ ') as load_dts from ' ~ ref(stage)) -%}
    {%- endfor -%}
    {%- if execute and model.config.materialized == 'unit' -%}
        {%- do window.update({'affected': '(select collect_set(AS_OF_DATE) from ' ~ relation ~ ')'}) -%}
        {{- return(window) -}}
    {%- elif not execute or not load_relation(relation) -%}
        {{- return(window) -}}
    {%- endif -%}
    {%- set dates = automate_dv_spark.date_literals(relation) -%}
    {%- do window.all.extend(dates) -%}
    {%- if not automate_dv_spark.adds_to_target() -%}
        {%- do window.affected.extend(dates) -%}
        {{- return(window) -}}
    {%- endif -%}

    {%- set old_dates = automate_dv_spark.date_literals(this) -%}
    {%- set since = run_query(
        'select cast(min(load_dts) as string) from (' ~ stages | join(' union all ') ~ ') as stages'
    ).columns[0].values()[0] -%}
    {%- set lacking = automate_dv_spark.lacking_columns(columns) -%}
    {%- for date in dates -%}
        {%- set text = date.split("'")[1] -%}
        {#- Text of dates and timestamps compares as they do; a date is the midnight that it begins with. -#}
        {%- if lacking or date not in old_dates or (since is not none and (text ~ ' 00:00:00')[:19] >= since[:19]) -%}
            {%- do window.affected.append(date) -%}
        {%- else -%}
            {%- do window.backfill.append(date) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set gone = old_dates | reject('in', dates) | list -%}
    {%- set replaced = window.affected + gone -%}
    {%- do window.update({'replaced': 'AS_OF_DATE in (' ~ replaced | join(', ') ~ ')' if replaced else 'false'}) -%}
    {{- return(window) -}}
{%- endmacro %}


{#- Columns that the table does not have and that on_schema_change adds. -#}
{% macro lacking_columns(columns) -%}
    {%- set lacking = [] -%}
    {%- if config.get('on_schema_change') in ['append_new_columns', 'sync_all_columns'] -%}
        {%- set there = automate_dv_spark.relation_columns(this) | map('lower') | list -%}
        {%- for column in columns if automate_dv_spark.plain_name(column) | lower not in there -%}
            {%- do lacking.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(lacking) -}}
{%- endmacro %}


{#- Dates as an array: literals, or the query that gives them. -#}
{% macro dates_array(dates) -%}
    {{- dates if dates is string else 'array(' ~ dates | join(', ') ~ ')' -}}
{%- endmacro %}


{#- A relation under another name; with --empty or --sample it is a subquery that has a name already. -#}
{% macro aliased(relation, alias) -%}
    {%- set is_limited = (relation.limit is defined and relation.limit is not none)
        or (relation.event_time_filter is defined and relation.event_time_filter is not none) -%}
    {{- '(select * from ' ~ relation ~ ')' if is_limited else relation }} as {{ alias -}}
{%- endmacro %}


{#- The distinct AS_OF_DATEs of a relation as typed literals, in order. -#}
{% macro date_literals(relation) -%}
    {%- set rows = run_query(
        'select distinct cast(AS_OF_DATE as string) as as_text, typeof(AS_OF_DATE) as as_type from ' ~ relation
        ~ ' where AS_OF_DATE is not null order by 1'
    ).rows -%}
    {%- set literals = [] -%}
    {%- for row in rows -%}
        {%- do literals.append(row[1] ~ "'" ~ row[0] ~ "'") -%}
    {%- endfor -%}
    {{- return(literals) -}}
{%- endmacro %}


{#- A spine of days on which retention rules agree; one column, AS_OF_DATE. -#}
{% macro as_of_spine(start=none, stop=none, retention=none) -%}
    {{- automate_dv_spark.require_arguments('as_of_spine', {'start': start, 'stop': stop}) -}}
    {%- set lasts = {
        'day': 'true', 'week': 'weekday(day) = 6', 'month': 'day = last_day(day)',
        'year': 'month(day) = 12 and dayofmonth(day) = 31'
    } -%}
    {%- set rules = [] -%}
    {%- for rule in retention or [{'every': 'day'}] -%}
        {%- if rule.every not in lasts -%}
            {{ automate_dv_spark.argument_error(
                'as_of_spine', 'a retention rule is kept every day, week, month or year. Got: ' ~ rule
            ) }}
        {%- endif -%}
        {%- do rules.append(
            '(' ~ lasts[rule.every] ~ (
                " and day >= date_sub(date'" ~ stop ~ "', " ~ rule.keep ~ ')' if rule.keep is defined and rule.keep is not none
            ) ~ ')'
        ) -%}
    {%- endfor -%}
with

days as (

    select explode(sequence(date'{{ start }}', date'{{ stop }}')) as day

),

final as (

    select cast(day as timestamp) as AS_OF_DATE
    from days
    where false or {{ rules | join(' or ') }}

)

select * from final
{%- endmacro %}
