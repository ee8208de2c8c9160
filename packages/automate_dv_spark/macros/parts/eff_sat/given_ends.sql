{#-
    CTE changes, without auto end-dating and with ordered_effectivity: a staged row is inserted, as it is, when it says
    something else of its relationship than the row before it in load time, staged or stored. All open rows say the same, and
    a closed one says its start and end. So it makes no difference in how many loads the rows come.
-#}
{% macro given_ends(c) -%}
    {%- set rest = c.names | reject('in', automate_dv_spark.names(c.dfk + c.pk) + [c.end, c.eff, c.ldts]) | list -%}
{{ automate_dv_spark.effectivity_rows(c) }}

changes as (

    select *
    from (
        select
            *,
            lag(true) over in_order as has_previous,
            lag(period) over in_order as previous_period
        from (
            select
                *,
                if({{ automate_dv_spark.is_open(c.end) }}, null, struct({{ c.start }}, {{ c.end }})) as period
            from both
        ) as with_period
        window in_order as (
            partition by {{ c.link_sql }}
            order by {{ ([automate_dv_spark.effectivity_recency(c.end, c.eff, c.ldts)] + rest) | join(', ') }}, is_staged
        )
    ) as compared
    where is_staged = 1 and (has_previous is null or not previous_period <=> period)

),
{%- endmacro %}
