{#-
    CTEs events and opened_before: of the stored rows only the open ones matter, and they come before every staged event.
    Each event is shown beside the relationship that was the last to open before it.
-#}
{% macro relevant_events(c) -%}
events as (

    select * from (
        select
            *,
            is_staged = 1 or coalesce(lead(is_staged) over in_order, 1) = 1 as is_newest
        from stored_and_new
        window in_order as (partition by {{ c.link_sql }} order by is_staged, {{ automate_dv_spark.effectivity_recency(c.end, c.eff, c.ldts) }})
    ) as marked
    where is_staged = 1 or (is_newest and is_open)

),

opened_before as (

    select
        *,
        last_value(if(is_open, struct({{ c.pk_sql }}), null), true) over (
            partition by {{ c.dfk_sql }} order by is_staged, {{ c.eff }}, {{ c.ldts }}, {{ c.pk_sql }}
            rows between unbounded preceding and 1 preceding
        ) as last_opened
    from events

),
{%- endmacro %}
