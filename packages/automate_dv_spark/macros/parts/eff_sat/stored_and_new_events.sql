{#-
    CTE stored_and_new: the stored rows, and the staged events that are new. An event is not new when the table already
    says the same for its moment and no new event lies between; an event that ends all relationships is not new when none
    is open. So a load that comes again adds nothing.
-#}
{% macro stored_and_new_events(c) -%}
stored_and_new as (

    select
        {{ c.names | join(',\n        ') }},
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
                    not stored_state <=> struct({{ c.pk_sql }}, true as is_open),
                    stored_state <=> struct({{ c.pk_sql }}, true as is_open)
                )
            )) over (
                partition by {{ c.dfk_sql }}, stretch order by {{ c.eff }}, {{ c.ldts }}, is_staged, is_open
                rows between unbounded preceding and current row
            ) as is_new
        from compared
    ) as judged
    where is_staged = 0 or is_new or is_past

),
{%- endmacro %}
