{#-
    CTE both: stored (is_staged 0) and staged rows (1) of the staged driving keys, after one shuffle. is_none: the row
    says that its driving key has no relationship.
-#}
{% macro effectivity_rows(c) -%}
both as (

    select
        *,
        1 as is_staged,
        {{ c.sfk[0].alias ~ ' is null' if c.null_ends else 'false' }} as is_none
    from staged
    {%- if c.adds %}

    union all

    select
        *,
        0 as is_staged,
        false as is_none
    from existing
    {%- endif %}
    distribute by {{ c.dfk_sql }}

),
{%- endmacro %}
