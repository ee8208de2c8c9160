{#- The rows that a staged feed and the same feed rebuilt from the vault do not share, in both directions. -#}
{% macro rebuild_differs(staged, rebuilt) -%}
with

staged as (

    {{ staged }}

),

rebuilt as (

    {{ rebuilt }}

)

(
    select
        'lost in the vault' as difference,
        *
    from (select * from staged except all select * from rebuilt) as lost
)
union all
(
    select
        'only in the vault' as difference,
        *
    from (select * from rebuilt except all select * from staged) as added
)
{%- endmacro %}
