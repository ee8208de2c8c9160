{#-
    CTE changes: a staged event opens its period, and the next event closes it. A period that is closed by an event that was
    loaded before its own has the later load time.
-#}
{% macro rows_of_periods(c) -%}
changes as (

    select inline(array_compact(array(
        if(is_staged = 1 and (is_opening or is_past), struct({{ c.names | join(', ') }}), null),
        if(
            is_opening
                and next_event is not null
                and not array_contains(stored_ends, next_event.{{ c.eff }}),
            struct(
                {%- for column in c.columns %}
                {%- if column.alias == c.end %}
                next_event.{{ c.eff }}
                {%- elif column.alias == c.ldts %}
                greatest({{ c.ldts }}, next_event.{{ c.ldts }})
                {%- elif column in c.event %}
                next_event.{{ column.alias }}
                {%- else %}
                {{ column.alias }}
                {%- endif %} as {{ column.alias }}{{ ',' if not loop.last }}
                {%- endfor %}
            ),
            null
        )
    )))
    from effective

),
{%- endmacro %}
