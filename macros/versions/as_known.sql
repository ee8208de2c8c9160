{#- The rows of a snapshot as they are known now, or as they were known at var('as_known_at'). -#}
{% macro as_known(snapshot) -%}
select * from {{ snapshot }}
    where dbt_valid_from <= timestamp'{{ var("as_known_at") }}' and dbt_valid_to > timestamp'{{ var("as_known_at") }}'
{%- endmacro %}
