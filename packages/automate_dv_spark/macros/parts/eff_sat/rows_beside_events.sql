{#-
    CTE judged: each row beside the events that can close it. With auto end-dating these are the events of its driving key,
    unless the same relationship is staged with the same end; without it, the closing events of its own relationship.
-#}
{% macro rows_beside_events(c) -%}
    {%- set event = automate_dv_spark.names(c.event) | join(', ') -%}
{%- if c.auto -%}
beside_own_events as (

    select
        *,
        {%- if c.null_ends %}
        max(if(is_staged = 1, struct({{ c.eff }}, {{ c.ldts }}), null)) over (partition by {{ c.link_sql }}) as last_moment,
        {%- endif %}
        array_contains(
            collect_set(if(is_staged = 1, {{ c.end }}, null)) over (partition by {{ c.link_sql }}), {{ c.end }}
        ) as is_staged_as_it_is
    from sequenced

),

judged as (

    select
        *,
        {%- if c.null_ends %}
        max(is_none) over (partition by {{ c.dfk_sql }}) as has_none,
        {%- endif %}
        is_newest and {{ automate_dv_spark.is_open(c.end) }} as is_closable,
        collect_set(if(is_event, struct({{ event }}{{ ', is_none' if c.null_ends }}), null)) over (partition by {{ c.dfk_sql }}) as events
    from beside_own_events

),
{%- else -%}
judged as (

    select
        *,
        is_newest and {{ automate_dv_spark.is_open(c.end) }} as is_closed,
        collect_set(
            if(is_event and not {{ automate_dv_spark.is_open(c.end) }}, struct({{ c.start }}, {{ c.end }}, {{ event }}), null)
        ) over (partition by {{ c.link_sql }}) as events
    from sequenced

),
{%- endif -%}
{%- endmacro %}
