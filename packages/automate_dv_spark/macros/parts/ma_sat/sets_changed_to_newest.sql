{#- CTEs with the keys whose staged set differs from the newest stored one. -#}
{% macro sets_changed_to_newest(load) -%}
newest_sets as (

    select
        key_print,
        second_key_print,
        max_by(pair_count, {{ load }}) as pair_count,
        max_by(one_print, {{ load }}) as one_print,
        max_by(other_print, {{ load }}) as other_print
    from existing_sets
    group by key_print, second_key_print

),

changed as (

    select
        staged_sets.key_print,
        staged_sets.second_key_print
    from staged_sets
    left join newest_sets
        on staged_sets.key_print = newest_sets.key_print
            and staged_sets.second_key_print = newest_sets.second_key_print
    where coalesce(newest_sets.pair_count, 0) <> staged_sets.pair_count
        or (
            staged_sets.pair_count > 0
            and (
                newest_sets.one_print <> staged_sets.one_print or newest_sets.other_print <> staged_sets.other_print
            )
        )

),
{%- endmacro %}
