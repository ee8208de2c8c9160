{#-
    CTEs stepped and effective: the events that change something. The end of a relationship that was not the last to open
    is no event, but is kept when it describes the past. An event that repeats the current state is left out as well.
-#}
{% macro effective_events(c) -%}
stepped as (

    select
        *,
        struct({{ c.pk_sql }}, is_open) as state,
        lag(struct({{ c.pk_sql }}, is_open)) over in_order as previous_state
    from (
        select
            *,
            is_staged = 0 or (is_new and (is_open or last_opened <=> struct({{ c.pk_sql }}))) as is_event
        from opened_before
    ) as told
    where is_event or is_past
    window in_order as (partition by {{ c.dfk_sql }}, is_event order by is_staged, {{ c.eff }}, {{ c.ldts }}, {{ c.pk_sql }})

),

effective as (

    select *
    from stepped
    where is_staged = 0 or not is_event or not previous_state <=> state

),
{%- endmacro %}
