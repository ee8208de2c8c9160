{#-
    CTEs with the keys and load times whose staged set differs from the set before it in load time, staged or stored. A
    first set that is empty is no change.
-#}
{% macro sets_changed_to_predecessor(load, adds) -%}
timeline as (

    select
        *,
        true as is_staged
    from staged_sets
    {%- if adds %}

    union all

    select
        *,
        false as is_staged
    from existing_sets
    {%- endif %}

),

in_order as (

    select
        *,
        lag(struct(pair_count, one_print, other_print)) over (
            partition by key_print, second_key_print order by {{ load }}, is_staged
        ) as previous
    from timeline

),

changed as (

    select
        key_print,
        second_key_print,
        {{ load }}
    from in_order
    where is_staged
        and if(previous is null, pair_count > 0, previous <> struct(pair_count, one_print, other_print))

),
{%- endmacro %}
