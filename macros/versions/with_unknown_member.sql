{#- All rows of a versioned dimension, the unknown member included, with is_current. Both CTEs have the same columns. -#}
{% macro with_unknown_member(members, unknown_member) -%}
select
        *,
        valid_to = {{ end_of_time() }} as is_current
    from (
        select * from {{ members }}
        union all
        select * from {{ unknown_member }}
    ) as all_members
{%- endmacro %}
