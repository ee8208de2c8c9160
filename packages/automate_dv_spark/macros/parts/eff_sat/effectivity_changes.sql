{#-
    The windows stand one above the other, the finest first: its sort serves the others. In a first load (`adds` false) every
    relationship is new, and keeps the start that is staged.
-#}
{% macro effectivity_changes(c, columns, auto, adds, null_ends) -%}
    {%- set dfk = automate_dv_spark.names(c.dfk) | join(', ') -%}
    {%- set link = automate_dv_spark.names(c.dfk + c.pk) | unique | join(', ') -%}
    {%- set start, end, eff, ldts = c.start[0].alias, c.end[0].alias, c.eff[0].alias, c.ldts[0].alias -%}
    {%- set event = automate_dv_spark.names(c.eff + c.ldts + c.extra) | join(', ') -%}
    {%- set within_link = automate_dv_spark.names(columns) | reject('in', automate_dv_spark.names(c.dfk + c.pk)) | list -%}
    {%- set rest = within_link | reject('in', [end, eff, ldts]) | list -%}
    {%- set new_start = eff if auto and adds else start -%}
    {%- set moment, event_moment = 'struct(' ~ eff ~ ', ' ~ ldts ~ ')', 'struct(event.' ~ eff ~ ', event.' ~ ldts ~ ')' -%}
    {%- set in_order -%}
partition by {{ link }} order by is_staged, {{ ([automate_dv_spark.effectivity_recency(end, eff, ldts)] + rest) | join(', ') }}
    {%- endset -%}
{{ automate_dv_spark.effectivity_rows(c, columns, adds, null_ends) }}

-- A staged row that repeats the one before, or a stored one, is no event.
sequenced as (

    select
        *,
        is_staged = 1 and not lag(struct(is_staged, {{ within_link | join(', ') }})) over in_order
            <=> struct(is_staged, {{ within_link | join(', ') }})
            {%- if adds %}
            and not {{ automate_dv_spark.is_stored_row(within_link | reject('in', [start] if auto else []) | list) }}
            {%- endif %} as is_event,
        is_staged = 0 and coalesce(lead(is_staged) over in_order, 1) = 1 as is_newest,
        {%- if null_ends %}
        lead({{ moment }}) over in_order as next_moment,
        {%- endif %}
        first_value(is_staged) over so_far = 0 as is_stored,
        last_value(if(is_staged = 0, {{ end }}, null), true) over so_far as stored_end
    from both
    window
        in_order as ({{ in_order }}),
        so_far as (
            {{ in_order }}
            rows between unbounded preceding and current row
        ),
        of_link as (partition by {{ link }})

),
{% if auto %}
beside_own_events as (

    select
        *,
        {%- if null_ends %}
        max(if(is_staged = 1, {{ moment }}, null)) over (partition by {{ link }}) as last_moment,
        {%- endif %}
        array_contains(
            collect_set(if(is_staged = 1, {{ end }}, null)) over (partition by {{ link }}), {{ end }}
        ) as is_staged_as_it_is
    from sequenced

),

judged as (

    select
        *,
        {%- if null_ends %}
        max(is_none) over (partition by {{ dfk }}) as has_none,
        {%- endif %}
        is_newest and {{ automate_dv_spark.is_open(end) }} as is_closable,
        collect_set(if(is_event, struct({{ event }}{{ ', is_none' if null_ends }}), null)) over (partition by {{ dfk }}) as events
    from beside_own_events

),
{% else %}
judged as (

    select
        *,
        is_newest and {{ automate_dv_spark.is_open(end) }} as is_closed,
        collect_set(
            if(is_event and not {{ automate_dv_spark.is_open(end) }}, struct({{ start }}, {{ end }}, {{ event }}), null)
        ) over (partition by {{ link }}) as events
    from sequenced

),
{% endif %}
changing as (

    select * from (
        select
            *,
            {%- if auto %}
            is_closable and {{ '(has_none or not is_staged_as_it_is)' if null_ends else 'not is_staged_as_it_is' }} as is_closed,
            {%- endif %}
            is_event and not is_none and (
                not is_stored
                or ({{ automate_dv_spark.is_open(end) }} and not {{ automate_dv_spark.is_open('stored_end') }})
            ) as is_opened
        from judged
    ) as all_rows
    where is_opened or is_closed

),
{% if null_ends %}
-- The first end after a row, unless its relationship is staged again before that.
ended as (

    select
        *,
        if(has_none, array_min(transform(
            filter(events, event -> event.is_none
                and {{ event_moment }} > {{ moment }}
                and if(
                    is_staged = 1,
                    coalesce({{ event_moment }} <= next_moment, true),
                    coalesce({{ event_moment }} > last_moment, true)
                )),
            event -> {{ event_moment }}
        )), null) as end_moment
    from changing

),
{% endif %}
-- A staged row opens its relationship; a stored one is closed by each event.
{%- set opened %}
struct(
            {%- for column in columns %}
            {{ new_start if column.alias == start else column.alias }} as {{ column.alias }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endset %}
{%- set closed %}
event -> struct(
            {%- for column in columns %}
            {%- if auto and column.alias == end %}
            event.{{ eff }}
            {%- elif auto and column.alias == start %}
            if(is_opened, {{ new_start }}, {{ start }})
            {%- elif column in c.extra + c.eff + c.ldts or (not auto and column in c.start + c.end) %}
            event.{{ column.alias }}
            {%- else %}
            {{ column.alias }}
            {%- endif %} as {{ column.alias }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endset %}
changes as (

    select inline(
        {%- if null_ends %}
        if(
            has_none,
            concat(
                filter(array({{ opened }}), row -> is_opened),
                transform(
                    filter(events, event -> {{ automate_dv_spark.is_open(end) }} and if(
                        event.is_none,
                        coalesce({{ event_moment }} = end_moment, false),
                        is_closed and not is_staged_as_it_is and coalesce({{ event_moment }} <= end_moment, true)
                    )),
                    {{ closed }}
                )
            ),
            if(is_opened, array({{ opened }}), transform(events, {{ closed }}))
        )
        {%- else %}
        if(is_opened, array({{ opened }}), transform(events, {{ closed }}))
        {%- endif %}
    )
    from {{ 'ended' if null_ends else 'changing' }}

),
{%- endmacro %}
