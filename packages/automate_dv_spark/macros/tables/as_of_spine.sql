{#- The days that at least one retention rule keeps; one column, AS_OF_DATE. -#}
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
