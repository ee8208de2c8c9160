{#-
    Hubs, links and non-historised links have one shape: the first row of each key that the target does not hold yet. Of
    several staged rows the earliest wins; then the record source, then the other columns decide, so that the outcome is
    the same in every run.

    `key` are the columns by which a row exists already (by default the hash key), `one_per_key` says whether one row per
    key is taken or every distinct one, `business_key` are columns for which a hash key may stand only once. Tables with a
    business key can have zero keys.
-#}
{% macro new_key_rows(src_pk, not_null, attributes, src_ldts, src_source, source_model, key=none, one_per_key=true,
                      business_key=none, foreign_keys=none) -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set key = automate_dv_spark.column_list(key or src_pk) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set source = automate_dv_spark.column_list(src_source) -%}
    {%- set attributes = automate_dv_spark.column_list(attributes) -%}
    {%- set columns = pk + attributes + ldts + source -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
    {%- set guarded = business_key is not none and automate_dv_spark.setting('hash_collision_guard') -%}
    {%- set zero_keys = business_key is not none and one_per_key and automate_dv_spark.setting('zero_keys') -%}
    {%- set business_key = automate_dv_spark.column_list(business_key) if guarded else [] %}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, automate_dv_spark.column_list(not_null)) }}

),
{% if adds %}
existing as (

{{ automate_dv_spark.target_of_staged_keys(key, key + business_key) }}

),
{% endif %}
{%- if guarded %}
{{ automate_dv_spark.colliding_keys(pk, business_key, adds) }}

{{ automate_dv_spark.guarded_rows() }}
{% endif %}
{%- if adds %}
new as (

    select staged.*
    from {{ 'guarded' if guarded else 'staged' }} as staged
    left anti join existing on {{ automate_dv_spark.keys_equal(key, 'staged', 'existing') }}

),
{% endif %}
{%- set new = 'new' if adds else 'guarded' if guarded else 'staged' %}
{%- if one_per_key %}
{{ automate_dv_spark.rows_in_order(new, key, ldts + source + attributes) }}
{% endif %}
final as (

    select{{ '' if one_per_key else ' distinct' }}
        {{ automate_dv_spark.names(columns) | join(',\n        ') }}
    from {{ 'in_order' if one_per_key else new }}
    {%- if one_per_key %}
    where place_in_key = 1
    {%- endif %}
    {%- if zero_keys %}

{{ automate_dv_spark.zero_key_rows(
    columns, automate_dv_spark.column_list([src_pk, foreign_keys]), ldts, source, adds
) }}
    {%- endif %}

)

select * from final
{%- endmacro %}
