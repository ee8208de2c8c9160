{#-
    Effectivity satellite; a row opens or closes a relationship for its driving key. Stored and staged rows of the staged
    driving keys meet in one shuffle by driving key; every rule below is a window over that.

    - new: a relationship never stored is inserted as staged; - reopened: the newest stored row is closed, the staged one open;
    - closed with is_auto_end_dating: an open relationship is closed when its driving key is staged, unless the same
      relationship is staged with the same end; the end is the staged effective time;
    - closed without it: an open relationship is closed when it is staged with an end;
    - ended with is_auto_end_dating: a staged row without a secondary key says that the driving key has no relationship from
      its effective time on (null_ends_effectivity: false leaves such rows out, as AutomateDV);
    - a staged row that is stored already is no event.

    ordered_effectivity (with auto end-dating): several events of a driving key in one batch are applied one after the other.
-#}
{% macro spark__eff_sat(src_pk=none, src_dfk=none, src_sfk=none, src_extra_columns=none, src_start_date=none,
                        src_end_date=none, src_eff=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('eff_sat', {
        'src_pk': src_pk, 'src_dfk': src_dfk, 'src_sfk': src_sfk, 'src_start_date': src_start_date,
        'src_end_date': src_end_date, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {%- set c = {
        'pk': automate_dv_spark.column_list(src_pk), 'dfk': automate_dv_spark.column_list(src_dfk),
        'sfk': automate_dv_spark.column_list(src_sfk), 'extra': automate_dv_spark.column_list(src_extra_columns),
        'start': automate_dv_spark.column_list(src_start_date), 'end': automate_dv_spark.column_list(src_end_date),
        'eff': automate_dv_spark.column_list(src_eff), 'ldts': automate_dv_spark.column_list(src_ldts),
        'source': automate_dv_spark.column_list(src_source)
    } -%}
    {%- set columns = c.pk + c.dfk + c.sfk + c.extra + c.start + c.end + c.eff + c.ldts + c.source -%}
    {%- set auto = automate_dv_spark.setting('is_auto_end_dating') -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
    {%- set ordered = auto and automate_dv_spark.setting('ordered_effectivity') -%}
    {%- set null_ends = auto and automate_dv_spark.setting('null_ends_effectivity', true) -%}
with

staged as (
    {{ automate_dv_spark.staged(
        source_model, columns, c.dfk if null_ends else c.dfk + c.sfk, c.sfk if null_ends else []
    ) }}

),
{% if adds %}
known as (

{{ automate_dv_spark.target_of_staged_keys(c.dfk, columns, few_rows_per_key=true, optional=c.extra) }}

),
{% endif %}
{%- if ordered %}
{{ automate_dv_spark.ordered_events(c, columns, adds, null_ends) }}
{% elif adds or null_ends %}
{{ automate_dv_spark.effectivity_changes(c, columns, auto, adds, null_ends) }}
{% endif %}
{%- set computed = adds or ordered or null_ends %}
final as (

    select{{ '' if computed else ' distinct' }}
        {{ automate_dv_spark.names(columns) | join(',\n        ') }}
    from {{ 'changes' if computed else 'staged' }}

)

select * from final
{%- endmacro %}


{#- Whether a row is open: its end is the day of max_datetime. -#}
{% macro is_open(column) -%}
to_date({{ column }}) = date'{{ var('max_datetime', '9999-12-31 23:59:59.999999')[:10] }}'
{%- endmacro %}


{#- The order of the rows of a relationship: load time, effective time, and at one moment its end after its start. -#}
{% macro effectivity_recency(end, eff, ldts) -%}
{{ ldts }}, {{ eff }}, {{ end }} desc
{%- endmacro %}


{#- Stored (is_staged 0) and staged rows (1) of the staged driving keys after one shuffle; is_none: no relationship. -#}
{% macro effectivity_rows(c, columns, adds, null_ends) -%}
both as (

    select
        *,
        1 as is_staged,
        {{ c.sfk[0].alias ~ ' is null' if null_ends else 'false' }} as is_none
    from staged
    {%- if adds %}

    union all

    select
        *,
        0 as is_staged,
        false as is_none
    from known
    {%- endif %}
    distribute by {{ automate_dv_spark.names(c.dfk) | join(', ') }}

),
{%- endmacro %}


{#- Whether a row is stored as it is staged; its start is not asked for where it may have been replaced. -#}
{% macro is_stored_row(columns) -%}
    {#- One fingerprint is enough among the rows of one relationship. -#}
    {%- set print = 'xxhash64(' ~ columns | join(', ') ~ ')' -%}
array_contains(collect_set(if(is_staged = 0, {{ print }}, null)) over of_link, {{ print }})
{%- endmacro %}


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
