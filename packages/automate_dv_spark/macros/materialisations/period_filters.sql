{#-
    One condition per period that has staged rows, from the newest row in the table (or the start) to the stop. Moments
    are numbers of microseconds, so that the hour that comes twice when clocks go back is two different hours.
-#}
{% macro period_filters(timestamp_field, period, limits) -%}
    {%- set existing = load_relation(this) -%}
    {%- set adds = existing is not none and existing.type == 'table' and not should_full_refresh() -%}
    {%- set from_sql = limits.start -%}
    {#- What the load log has not seen may be older than the newest row in the table. -#}
    {%- if adds and not automate_dv_spark.reads_logged_stage() -%}
        {%- set from_sql = 'coalesce((select max(cast(' ~ timestamp_field ~ ' as timestamp)) from ' ~ this ~ '), ' ~ limits.start ~ ')' -%}
    {%- endif -%}
    {%- set relations = automate_dv_spark.staged_relations(timestamp_field) -%}
    {%- if not relations -%}
        {#- The model's own SQL may compute the timestamp; then the periods are generated. -#}
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
