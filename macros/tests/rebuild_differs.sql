{#-
    The rows that a staged feed and the same feed rebuilt from the vault do not share, with how often more they were staged
    (lost) or rebuilt (negative). Equal to EXCEPT ALL in both directions, with one shuffle.
-#}
{% macro rebuild_differs(staged, rebuilt) -%}
with

staged as (

    {{ staged }}

),

rebuilt as (

    {{ rebuilt }}

),

both_sides as (

    select
        *,
        1 as side
    from staged

    union all

    select
        *,
        -1 as side
    from rebuilt

),

final as (

    select
        * except (side),
        sum(side) as times_lost
    from both_sides
    group by all

)

select * from final where times_lost <> 0
{%- endmacro %}
