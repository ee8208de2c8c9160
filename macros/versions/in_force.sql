{#-
    The rows of a satellite that were ever in force as known at the time, with that time: from when a row was both landed and
    true (in_force_from) until a row that is newer in truth was (in_force_to). A row that landed late and is older in truth
    than one already known is never in force.
-#}
{% macro in_force(satellite, key, applied_dts) -%}
    {%- set since = "greatest(date_trunc('second', load_dts), " ~ applied_dts ~ ')' -%}
select
        * except (is_overtaken),
        lead(in_force_from, 1, {{ end_of_time() }}) over (
            partition by {{ key }} order by in_force_from, {{ applied_dts }}, load_dts
        ) as in_force_to
    from (
        select
            *,
            {{ since }} as in_force_from,
            struct({{ applied_dts }}, load_dts) < max(struct({{ applied_dts }}, load_dts)) over (
                partition by {{ key }} order by {{ since }}, {{ applied_dts }}, load_dts
                rows between unbounded preceding and current row
            ) as is_overtaken
        from {{ satellite }}
    ) as known_and_true
    where not is_overtaken
{%- endmacro %}
