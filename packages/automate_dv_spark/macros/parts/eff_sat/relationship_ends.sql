{#-
    CTE ended, with null_ends: the first staged moment after a row from which its driving key has no relationship, unless
    its relationship is staged again before that.
-#}
{% macro relationship_ends(c) -%}
    {%- set moment, event_moment = 'struct(' ~ c.eff ~ ', ' ~ c.ldts ~ ')', 'struct(event.' ~ c.eff ~ ', event.' ~ c.ldts ~ ')' -%}
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
{%- endmacro %}
