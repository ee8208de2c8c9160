{#-
    CTEs told and events. Each row counts once, whenever it was loaded. An open row says that its relationship opens at the
    effective time, which is its start. A closed row says that it ends then; unless it describes a closed period, from its
    effective time to its end, of a relationship that was not open before (is_past). stored_ends are the ends that the table
    has for a row's start. Windows are nested from the finest to the coarsest, so that one sort serves them.
-#}
{% macro told_events(c) -%}
    {%- set rest = c.names | reject('in', automate_dv_spark.names(c.dfk + c.pk) + [c.eff, c.ldts]) | list -%}
told as (

    select
        {%- for name in c.names %}
        {{ 'if(is_staged = 1 and is_opening, ' ~ c.eff ~ ', ' ~ name ~ ') as ' ~ name if name == c.start else name }},
        {%- endfor %}
        is_staged,
        is_none,
        is_opening,
        not is_none and not is_opening as is_closing
    from (
        select
            *,
            not is_none and {{ automate_dv_spark.is_open(c.end) }} as is_opening
        from both
    ) as with_opening

),

events as (

    select
        *,
        is_closing and {{ c.eff }} < {{ c.end }} and coalesce(last_opening < {{ c.start }}, true) as is_past,
        transform(filter(closed_periods, period -> period.{{ c.start }} = {{ c.start }}), period -> period.{{ c.end }}) as stored_ends
    from (
        select
            *,
            max(if(is_opening, {{ c.eff }}, null)) over (
                partition by {{ c.link_sql }} order by {{ c.eff }}
                range between unbounded preceding and current row
            ) as last_opening,
            collect_set(
                if(is_staged = 0 and is_closing and {{ c.eff }} = {{ c.end }}, struct({{ c.start }}, {{ c.end }}), null)
            ) over (partition by {{ c.link_sql }}) as closed_periods
        from (
            select
                *,
                row_number() over (
                    partition by {{ c.link_sql }}, {{ c.eff }}, {{ c.start }}, if(is_opening, null, {{ c.end }})
                    order by is_staged, {{ ([c.ldts] + rest) | join(', ') }}
                ) as place
            from told
        ) as repeated
        where place = 1
    ) as distinct_rows

),
{%- endmacro %}
