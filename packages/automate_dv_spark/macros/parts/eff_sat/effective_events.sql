{#-
    CTE effective: the events that change which relationship of the driving key is open, each beside the next one, and the
    periods of the past. At one moment ends come before starts. The end of a relationship that is not the one that opened
    last is no event.
-#}
{% macro effective_events(c) -%}
    {%- set relationship = 'if(is_opening, struct(' ~ c.pk_sql ~ '), null)' -%}
    {%- set order = 'partition by ' ~ c.dfk_sql ~ ', is_past order by ' ~ c.eff ~ ', ' ~ c.ldts ~ ', is_opening, ' ~ c.pk_sql -%}
effective as (

    select
        *,
        lead(struct({{ automate_dv_spark.names(c.event) | join(', ') }})) over in_order as next_event
    from (
        select
            *,
            lag({{ relationship }}) over in_order as open_before
        from (
            select
                *,
                last_value({{ relationship }}, true) over (
                    {{ order }} rows between unbounded preceding and 1 preceding
                ) as last_opened
            from events
        ) as beside_opened
        where is_past or not is_closing or last_opened <=> struct({{ c.pk_sql }})
        window in_order as ({{ order }})
    ) as beside_state
    where is_past or not open_before <=> {{ relationship }}
    window in_order as ({{ order }})

),
{%- endmacro %}
