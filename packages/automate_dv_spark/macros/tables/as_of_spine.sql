{#- The days that at least one retention rule keeps; one column, AS_OF_DATE: the UTC time at which the day begins in `time_zone`. -#}
{% macro as_of_spine(start=none, stop=none, retention=none, time_zone=none) -%}
    {{- automate_dv_spark.require_arguments('as_of_spine', {'start': start, 'stop': stop}) -}}
    {%- set lasts = {
        'day': 'true', 'week': 'weekday(day) = 6', 'month': 'day = last_day(day)',
        'year': 'month(day) = 12 and dayofmonth(day) = 31'
    } -%}
    {%- set bounds = [] -%}
    {%- for day in [start, stop] -%}
        {%- do bounds.append("date'" ~ day ~ "'" if modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', day | string) else day) -%}
    {%- endfor -%}
    {%- set rules = [] -%}
    {%- for rule in retention or [{'every': 'day'}] -%}
        {%- if rule.every not in lasts -%}
            {{ automate_dv_spark.argument_error(
                'as_of_spine', 'a retention rule is kept every day, week, month or year. Got: ' ~ rule
            ) }}
        {%- endif -%}
        {%- do rules.append(
            '(' ~ lasts[rule.every] ~ (
                ' and day >= date_sub(newest_day, ' ~ rule.keep ~ ')' if rule.keep is defined and rule.keep is not none
            ) ~ ')'
        ) -%}
    {%- endfor -%}
with

bounds as (

    select
        {{ bounds[0] }} as oldest_day,
        {{ bounds[1] }} as newest_day

),

days as (

    select
        explode(sequence(oldest_day, newest_day)) as day,
        newest_day
    from bounds

),

final as (

    select {{ "to_utc_timestamp(cast(day as timestamp), '" ~ time_zone ~ "')" if time_zone else 'cast(day as timestamp)' }} as AS_OF_DATE
    from days
    where false or {{ rules | join(' or ') }}

)

select * from final
{%- endmacro %}
