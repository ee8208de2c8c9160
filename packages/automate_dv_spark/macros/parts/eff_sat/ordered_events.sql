{#-
    Events of a driving key in order of (effective time, load time). A run is a stretch of events of one relationship; its
    first event opens the relationship and closes the one before. An event that carries an end closes its own relationship
    at the effective time.
-#}
{% macro ordered_events(c, columns, adds, null_ends) -%}
    {%- set dfk = automate_dv_spark.names(c.dfk) | join(', ') -%}
    {%- set link = automate_dv_spark.names(c.dfk + c.pk) | unique | join(', ') -%}
    {%- set pk = automate_dv_spark.names(c.pk) | join(', ') -%}
    {%- set start, end, eff, ldts = c.start[0].alias, c.end[0].alias, c.eff[0].alias, c.ldts[0].alias -%}
    {%- set names = automate_dv_spark.names(columns) -%}
    {%- set recency = automate_dv_spark.effectivity_recency(end, eff, ldts) -%}
{{ automate_dv_spark.effectivity_rows(c, columns, adds, null_ends) }}

-- A staged event is known when it says what is stored for its moment, and nothing new stands between: a load that comes
-- again adds nothing. That a driving key has no relationship is known when none is open.
compared as (

    select
        *,
        count_if(is_staged = 0) over so_far as stretch,
        last_value(if(is_staged = 0, struct({{ pk }}, is_open), null), true) over so_far as stored_state
    from (
        select
            *,
            -- Open from its effective time to its end, and not open before: a stretch of the past, told as a whole.
            is_staged = 1
                and not is_open
                and {{ eff }} < {{ end }}
                and coalesce(max(if(is_open, {{ eff }}, null)) over so_far_of_link < {{ start }}, true)
                and not lag(struct(is_staged, {{ names | join(', ') }})) over in_order_of_link
                    <=> struct(is_staged, {{ names | join(', ') }})
                and not {{ automate_dv_spark.is_stored_row(names) }} as is_past
        from (
            select
                *,
                is_none or {{ automate_dv_spark.is_open(end) }} as is_open
            from both
        ) as opened
        window
            of_link as (partition by {{ link }}),
            in_order_of_link as (
                partition by {{ link }} order by {{ ([eff, ldts, 'is_staged', 'is_open'] + names) | unique | join(', ') }}
            ),
            so_far_of_link as (
                partition by {{ link }} order by {{ ([eff, ldts, 'is_staged', 'is_open'] + names) | unique | join(', ') }}
                rows between unbounded preceding and current row
            )
    ) as marked
    window so_far as (
        partition by {{ dfk }} order by {{ eff }}, {{ ldts }}, is_staged, is_open
        rows between unbounded preceding and current row
    )

),

unknown as (

    select
        {{ names | join(',\n        ') }},
        is_staged,
        is_none,
        is_open,
        is_past,
        is_new
    from (
        select
            *,
            max(is_staged = 1 and if(
                is_none,
                stored_state.is_open <=> true,
                if(
                    is_open,
                    not stored_state <=> struct({{ pk }}, true as is_open),
                    stored_state <=> struct({{ pk }}, true as is_open)
                )
            )) over (
                partition by {{ dfk }}, stretch order by {{ eff }}, {{ ldts }}, is_staged, is_open
                rows between unbounded preceding and current row
            ) as is_new
        from compared
    ) as judged
    where is_staged = 0 or is_new or is_past

),

-- Of the stored rows only the open ones matter; they stand before every event.
events as (

    select * from (
        select
            *,
            is_staged = 1 or coalesce(lead(is_staged) over in_order, 1) = 1 as is_newest
        from unknown
        window in_order as (partition by {{ link }} order by is_staged, {{ recency }})
    ) as marked
    where is_staged = 1 or (is_newest and is_open)

),

opened_before as (

    select
        *,
        last_value(if(is_open, struct({{ pk }}), null), true) over (
            partition by {{ dfk }} order by is_staged, {{ eff }}, {{ ldts }}, {{ pk }}
            rows between unbounded preceding and 1 preceding
        ) as last_opened
    from events

),

-- The end of a relationship that was not the last to open is no event; it is kept when it tells of the past.
stepped as (

    select
        *,
        struct({{ pk }}, is_open) as state,
        lag(struct({{ pk }}, is_open)) over in_order as previous_state
    from (
        select
            *,
            is_staged = 0 or (is_new and (is_open or last_opened <=> struct({{ pk }}))) as is_event
        from opened_before
    ) as told
    where is_event or is_past
    window in_order as (partition by {{ dfk }}, is_event order by is_staged, {{ eff }}, {{ ldts }}, {{ pk }})

),

-- What is so already is no event either.
effective as (

    select *
    from stepped
    where is_staged = 0 or not is_event or not previous_state <=> state

),

followed as (

    select
        *,
        lead(struct({{ automate_dv_spark.names(c.eff + c.ldts + c.extra) | join(', ') }})) over in_order as next_event
    from effective
    window in_order as (partition by {{ dfk }}, is_event order by is_staged, {{ eff }}, {{ ldts }}, {{ pk }})

),

changes as (

    select
        {%- for column in columns %}
        {{ 'if(is_event, ' ~ eff ~ ', ' ~ start ~ ') as ' ~ start if column.alias == start else column.alias }}{{ ',' if not loop.last }}
        {%- endfor %}
    from followed
    where is_staged = 1 and not is_none and (is_open or not is_event)

    union all

    select
        {%- for column in columns %}
        {%- if column.alias == start %}
        if(is_staged = 1, {{ eff }}, {{ start }}) as {{ start }}
        {%- elif column.alias == end %}
        next_event.{{ eff }} as {{ end }}
        {%- elif column in c.extra + c.eff + c.ldts %}
        next_event.{{ column.alias }}
        {%- else %}
        {{ column.alias }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from followed
    where is_open and not is_none and next_event is not null

),
{%- endmacro %}
