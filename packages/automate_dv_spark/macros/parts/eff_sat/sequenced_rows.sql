{#-
    CTE sequenced: the rows of a relationship in their order. A staged row that repeats the row before it, or a stored
    one, is no event; is_newest marks the newest stored row.
-#}
{% macro sequenced_rows(c) -%}
    {%- set within_link = c.names | reject('in', automate_dv_spark.names(c.dfk + c.pk)) | list -%}
    {%- set rest = within_link | reject('in', [c.end, c.eff, c.ldts]) | list -%}
    {%- set in_order -%}
partition by {{ c.link_sql }} order by is_staged, {{ ([automate_dv_spark.effectivity_recency(c.end, c.eff, c.ldts)] + rest) | join(', ') }}
    {%- endset -%}
sequenced as (

    select
        *,
        is_staged = 1 and not lag(struct(is_staged, {{ within_link | join(', ') }})) over in_order
            <=> struct(is_staged, {{ within_link | join(', ') }})
            {%- if c.adds %}
            and not {{ automate_dv_spark.is_stored_row(within_link | reject('in', [c.start] if c.auto else []) | list) }}
            {%- endif %} as is_event,
        is_staged = 0 and coalesce(lead(is_staged) over in_order, 1) = 1 as is_newest,
        {%- if c.null_ends %}
        lead(struct({{ c.eff }}, {{ c.ldts }})) over in_order as next_moment,
        {%- endif %}
        first_value(is_staged) over so_far = 0 as is_stored,
        last_value(if(is_staged = 0, {{ c.end }}, null), true) over so_far as stored_end
    from both
    window
        in_order as ({{ in_order }}),
        so_far as (
            {{ in_order }}
            rows between unbounded preceding and current row
        ),
        of_link as (partition by {{ c.link_sql }})

),
{%- endmacro %}
