{#- CTEs followed and changes: an event opens its relationship, and the event after it closes it. -#}
{% macro ordered_changes(c) -%}
followed as (

    select
        *,
        lead(struct({{ automate_dv_spark.names(c.event) | join(', ') }})) over in_order as next_event
    from effective
    window in_order as (partition by {{ c.dfk_sql }}, is_event order by is_staged, {{ c.eff }}, {{ c.ldts }}, {{ c.pk_sql }})

),

changes as (

    select
        {%- for column in c.columns %}
        {{ 'if(is_event, ' ~ c.eff ~ ', ' ~ c.start ~ ') as ' ~ c.start if column.alias == c.start else column.alias }}{{ ',' if not loop.last }}
        {%- endfor %}
    from followed
    where is_staged = 1 and not is_none and (is_open or not is_event)

    union all

    select
        {%- for column in c.columns %}
        {%- if column.alias == c.start %}
        if(is_staged = 1, {{ c.eff }}, {{ c.start }}) as {{ c.start }}
        {%- elif column.alias == c.end %}
        next_event.{{ c.eff }} as {{ c.end }}
        {%- elif column in c.event %}
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
