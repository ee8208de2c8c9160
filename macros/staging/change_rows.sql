{#-
    The rows that a change feed (envelope: debezium) leaves behind, as a select over a CTE of its Bronze table: key, columns,
    is_deleted, and where each stands in the database's log, for versioned_load_dts to order by (change_lsn, change_order).

    - A change that was sent again in its delivery counts once.
    - A truncate deletes every key that the table had by then. So does a new snapshot, but for the keys that it has:
      what was deleted while nobody read the log is found. That a key is gone may be said twice, which is no news to the vault.
    - Tombstones, and of a deleted row everything but its key, say nothing.
    - A large value that did not change is left out of the log; the last known value of the key, or
      of the one that it had before it was changed, takes its place.
-#}
{% macro change_rows(changes, key, columns, large=[]) -%}
{%- set keys = [key] if key is string else key -%}
{#- A message has an offset, so no hash of its values has to order it: load_dts would be made of personal data. -#}
{%- set no_hash = 'cast(null as bigint) as record_hash' -%}
{%- set place = 'struct({0}.change_lsn, coalesce({0}.change_order, 0))' -%}
{%- set audit = ['change_at', 'change_lsn', 'change_order', 'load_id', 'load_dts', 'file_name', 'record_number'] -%}
select
        sent.{{ keys | join(',\n        sent.') }},
        {%- for column in columns %}
        {% if column in large -%}
        if(sent.{{ column }} = {{ unavailable_value() }}, known.{{ column }}, sent.{{ column }}) as {{ column }},
        {%- else -%}
        sent.{{ column }},
        {%- endif %}
        {%- endfor %}
        sent.change_op = 'd' as is_deleted,
        sent.{{ audit | join(',\n        sent.') }},
        {{ no_hash }}
    from (
        select
            *,
            row_number() over (
                partition by load_id, {{ keys | join(', ') }}, change_lsn, change_order order by record_number
            ) as sending
        from {{ changes }}
        where change_op <> 't'
    ) as sent
    {%- if large %}
    left join (
        select
            later.load_id,
            later.{{ keys | join(',\n            later.') }},
            later.change_lsn,
            later.change_order,
            {%- for column in large %}
            max_by(earlier.{{ column }}, {{ place.format('earlier') }})
                filter (where earlier.{{ column }} is distinct from {{ unavailable_value() }}) as {{ column }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ changes }} as later
        inner join {{ earlier_changes(changes, keys) }} as earlier
            on {% for name in keys %}later.{{ name }} = earlier.{{ name }} and {% endfor %}{{ place.format('earlier') }}
                < {{ place.format('later') }}
        where {% for column in large %}later.{{ column }} = {{ unavailable_value() }}{{ ' or ' if not loop.last }}{% endfor %}
        group by later.load_id, later.{{ keys | join(', later.') }}, later.change_lsn, later.change_order
    ) as known
        on sent.load_id = known.load_id
            {%- for name in keys %}
            and sent.{{ name }} = known.{{ name }}
            {%- endfor %}
            and sent.change_lsn = known.change_lsn
            and sent.change_order <=> known.change_order
    {%- endif %}
    where sent.sending = 1

    union all

    select
        gone.{{ keys | join(',\n        gone.') }},
        {%- for column in columns %}
        cast(null as string) as {{ column }},
        {%- endfor %}
        true as is_deleted,
        gone.end.{{ audit | join(',\n        gone.end.') }},
        {{ no_hash }}
    from (
        select
            ends.end,
            {{ changes }}.{{ keys | join(', ' ~ changes ~ '.') }}
        from (
            select distinct struct({{ audit | join(', ') }}) as end
            from {{ changes }}
            where change_op = 't' or change_snapshot in ('last', 'last_in_data_collection')
        ) as ends
        inner join {{ changes }}
            on {{ place.format(changes) }}
                < {{ place.format('ends.end') }}
        where {{ changes }}.change_op <> 't'
        group by ends.end, {{ changes }}.{{ keys | join(', ' ~ changes ~ '.') }}
        having max_by({{ changes }}.change_op, {{ place.format(changes) }}) <> 'd'
    ) as gone
    left anti join {{ changes }} as stayed
        on {% for name in keys %}gone.{{ name }} = stayed.{{ name }} and {% endfor %}gone.end.change_lsn = stayed.change_lsn
            and stayed.change_op = 'r'
{%- endmacro %}
