{#-
    CTE compared: each row beside the state that is stored for its moment. `stretch` counts the stored rows so far.
    is_past marks a staged row that describes a closed period of the past: open from its effective time to its end, and
    not open before.
-#}
{% macro events_beside_state(c) -%}
compared as (

    select
        *,
        count_if(is_staged = 0) over so_far as stretch,
        last_value(if(is_staged = 0, struct({{ c.pk_sql }}, is_open), null), true) over so_far as stored_state
    from (
        select
            *,
            is_staged = 1
                and not is_open
                and {{ c.eff }} < {{ c.end }}
                and coalesce(max(if(is_open, {{ c.eff }}, null)) over so_far_of_link < {{ c.start }}, true)
                and not lag(struct(is_staged, {{ c.names | join(', ') }})) over in_order_of_link
                    <=> struct(is_staged, {{ c.names | join(', ') }})
                and not {{ automate_dv_spark.is_stored_row(c.names) }} as is_past
        from (
            select
                *,
                is_none or {{ automate_dv_spark.is_open(c.end) }} as is_open
            from both
        ) as opened
        window
            of_link as (partition by {{ c.link_sql }}),
            in_order_of_link as (
                partition by {{ c.link_sql }} order by {{ ([c.eff, c.ldts, 'is_staged', 'is_open'] + c.names) | unique | join(', ') }}
            ),
            so_far_of_link as (
                partition by {{ c.link_sql }} order by {{ ([c.eff, c.ldts, 'is_staged', 'is_open'] + c.names) | unique | join(', ') }}
                rows between unbounded preceding and current row
            )
    ) as marked
    window so_far as (
        partition by {{ c.dfk_sql }} order by {{ c.eff }}, {{ c.ldts }}, is_staged, is_open
        rows between unbounded preceding and current row
    )

),
{%- endmacro %}
