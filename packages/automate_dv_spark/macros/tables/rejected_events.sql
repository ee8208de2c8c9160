{#-
    Staged events whose key was loaded before with other values: the first record of an event stands. Rows are compared by a
    64-bit hash of their columns, so that the join carries no payload; an event that came unchanged again is no reject.
-#}
{% macro rejected_events(stage, link, key, columns) -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
with

staged as (

    select
        {{ key }},
        {{ columns | join(',\n        ') }},
        xxhash64({{ columns | join(', ') }}) as content_hash,
        load_dts,
        record_source
    from {{ automate_dv_spark.stage_relation(stage) }}

),

loaded as (

    select
        {{ key }},
        xxhash64({{ columns | join(', ') }}) as content_hash
    from {{ ref(link) }}

),

changed as (

    select
        staged.{{ key }},
        staged.content_hash
    from staged
    inner join loaded on staged.{{ key }} = loaded.{{ key }} and staged.content_hash <> loaded.content_hash

),

{%- if adds %}

existing as (

    select
        {{ key }},
        xxhash64({{ columns | join(', ') }}) as content_hash
    from {{ this }}

),
{%- endif %}

final as (

    select
        {{ key }},
        {{ columns | join(',\n        ') }},
        min(load_dts) as load_dts,
        min(record_source) as record_source,
        'changed: an event of this key was loaded before with other values' as reason
    from staged
    left semi join changed using ({{ key }}, content_hash)
    {%- if adds %}
    left anti join existing using ({{ key }}, content_hash)
    {%- endif %}
    group by {{ key }}, {{ columns | join(', ') }}

)

select * from final
{%- endmacro %}
