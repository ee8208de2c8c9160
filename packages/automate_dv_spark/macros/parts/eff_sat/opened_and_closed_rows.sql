{#- CTE changes: a staged row opens its relationship; a stored one is closed by each event. -#}
{% macro opened_and_closed_rows(c) -%}
    {%- set event_moment = 'struct(event.' ~ c.eff ~ ', event.' ~ c.ldts ~ ')' -%}
    {%- set new_start = c.eff if c.auto and c.adds else c.start -%}
    {%- set opened -%}
struct(
            {%- for column in c.columns %}
            {{ new_start if column.alias == c.start else column.alias }} as {{ column.alias }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endset -%}
    {%- set closed -%}
event -> struct(
            {%- for column in c.columns %}
            {%- if c.auto and column.alias == c.end %}
            event.{{ c.eff }}
            {%- elif c.auto and column.alias == c.start %}
            if(is_opened, {{ new_start }}, {{ c.start }})
            {%- elif column in c.event or (not c.auto and column.alias in [c.start, c.end]) %}
            event.{{ column.alias }}
            {%- else %}
            {{ column.alias }}
            {%- endif %} as {{ column.alias }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endset -%}
changes as (

    select inline(
        {%- if c.null_ends %}
        if(
            has_none,
            concat(
                filter(array({{ opened }}), row -> is_opened),
                transform(
                    filter(events, event -> {{ automate_dv_spark.is_open(c.end) }} and if(
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
    from {{ 'ended' if c.null_ends else 'changing' }}

),
{%- endmacro %}
