{#-
    Hubs, links and non-historised links are one shape: the first row of each key that the target does not hold yet. Of
    several staged rows the earliest wins; then the record source, then the other columns decide, so that the outcome is
    the same on every run.
-#}
{% macro spark__hub(src_pk=none, src_nk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('hub', {
        'src_pk': src_pk, 'src_nk': src_nk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, src_pk, [src_nk, src_extra_columns], src_ldts, src_source, source_model, business_key=src_nk
    ) -}}
{%- endmacro %}


{% macro spark__link(src_pk=none, src_fk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('link', {
        'src_pk': src_pk, 'src_fk': src_fk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, [src_pk, src_fk], [src_fk, src_extra_columns], src_ldts, src_source, source_model, business_key=src_fk,
        foreign_keys=src_fk
    ) -}}
{%- endmacro %}


{% macro spark__nh_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                        src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('nh_link', {
        'src_pk': src_pk, 'src_fk': src_fk, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, [src_pk, src_fk], [src_fk, src_payload or [], src_extra_columns, src_eff], src_ldts, src_source,
        source_model, one_per_key=automate_dv_spark.setting('nh_link_unique_key')
    ) -}}
{%- endmacro %}


{#- AutomateDV's older name. -#}
{% macro spark__t_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                       src_source=none, source_model=none) -%}
    {{- automate_dv_spark.spark__nh_link(
        src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{#- Reference table: distinct rows of keys that it does not hold; one row never changes. -#}
{% macro spark__ref_table(src_pk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('ref_table', {'src_pk': src_pk, 'source_model': source_model}) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, src_pk, src_extra_columns, src_ldts, src_source, source_model, one_per_key=false
    ) -}}
{%- endmacro %}


{#- Record-tracking satellite; one row per key and load in which the key was delivered, changed or not. -#}
{% macro rts(src_pk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('rts', {
        'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, src_pk, src_extra_columns, src_ldts, src_source, source_model, key=[src_pk, src_ldts]
    ) -}}
{%- endmacro %}


{#- Non-historised satellite; the first row of each key, and never another. -#}
{% macro nh_sat(src_pk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none, src_source=none,
                source_model=none) -%}
    {{- automate_dv_spark.require_arguments('nh_sat', {
        'src_pk': src_pk, 'src_payload': src_payload, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, src_pk, [src_payload, src_extra_columns, src_eff], src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{#- Same-as link: two keys of one hub that mean the same thing, one of them the master. -#}
{% macro sal(src_pk=none, src_master=none, src_duplicate=none, src_extra_columns=none, src_ldts=none, src_source=none,
             source_model=none) -%}
    {{- automate_dv_spark.require_arguments('sal', {
        'src_pk': src_pk, 'src_master': src_master, 'src_duplicate': src_duplicate, 'src_ldts': src_ldts,
        'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.spark__link(
        src_pk, [src_master, src_duplicate], src_extra_columns, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{#- Hierarchical link: two keys of one hub, one above the other. -#}
{% macro hal(src_pk=none, src_parent=none, src_child=none, src_extra_columns=none, src_ldts=none, src_source=none,
             source_model=none) -%}
    {{- automate_dv_spark.require_arguments('hal', {
        'src_pk': src_pk, 'src_parent': src_parent, 'src_child': src_child, 'src_ldts': src_ldts,
        'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.spark__link(
        src_pk, [src_parent, src_child], src_extra_columns, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{#-
    `key` says what makes a row known (by default the hash key), `one_per_key` whether one row per key is taken or every
    distinct one, `business_key` which columns a hash key may stand for only once; entities that have one can have zero keys.
-#}
{% macro first_sight(src_pk, not_null, attributes, src_ldts, src_source, source_model, key=none, one_per_key=true,
                     business_key=none, foreign_keys=none) -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set key = automate_dv_spark.column_list(key or src_pk) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set source = automate_dv_spark.column_list(src_source) -%}
    {%- set attributes = automate_dv_spark.column_list(attributes) -%}
    {%- set columns = pk + attributes + ldts + source -%}
    {%- set names = automate_dv_spark.names(columns) -%}
    {%- set adds = automate_dv_spark.adds_to_target() -%}
    {%- set guarded = business_key is not none and automate_dv_spark.setting('hash_collision_guard') -%}
    {%- set business_key = automate_dv_spark.column_list(business_key) if guarded else [] -%}
    {%- set zero_keys = business_key is not none and one_per_key and automate_dv_spark.setting('zero_keys') %}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, automate_dv_spark.column_list(not_null)) }}

),
{% if adds %}
known as (

{{ automate_dv_spark.target_of_staged_keys(key, key + business_key) }}

),
{% endif %}
{%- if guarded %}
{{ automate_dv_spark.guarded_keys(pk, business_key, adds) }}
{% endif %}
{%- if adds %}
unknown as (

    select staged.*
    from {{ 'guarded' if guarded else 'staged' }} as staged
    left anti join known on {{ automate_dv_spark.keys_equal(key, 'staged', 'known') }}

),
{% endif %}
{%- set new = 'unknown' if adds else 'guarded' if guarded else 'staged' %}
{%- if one_per_key %}
ranked as (

    select
        *,
        row_number() over (
            partition by {{ automate_dv_spark.names(key) | join(', ') }}
            order by {{ automate_dv_spark.names(ldts + source + attributes) | join(', ') }}
        ) as sight
    from {{ new }}

),
{% endif %}
final as (

    select{{ '' if one_per_key else ' distinct' }}
        {{ names | join(',\n        ') }}
    from {{ 'ranked' if one_per_key else new }}
    {%- if one_per_key %}
    where sight = 1
    {%- endif %}
    {%- if zero_keys %}

{{ automate_dv_spark.zero_key_rows(
    columns, automate_dv_spark.column_list([src_pk, foreign_keys]), ldts, source, adds
) }}
    {%- endif %}

)

select * from final
{%- endmacro %}


{#-
    The staged rows, unless one hash key stands for two business keys, in the batch or against the target: then the
    statement stops and names both.
-#}
{% macro guarded_keys(pk, business_key, adds) -%}
    {%- set texts, plain_texts = [], [] -%}
    {%- for name in automate_dv_spark.names(business_key) -%}
        {%- set text = 'cast(' ~ name ~ ' as string)' -%}
        {%- do texts.append('coalesce(' ~ text ~ ", 'null')") -%}
        {%- do plain_texts.append("coalesce(nullif(upper(trim(" ~ text ~ ")), ''), 'null')") -%}
    {%- endfor -%}
    {%- set text = "concat_ws('||', " ~ texts | join(', ') ~ ')' -%}
    {%- set plain_text = "concat_ws('||', " ~ plain_texts | join(', ') ~ ')' -%}
all_keys as (

    select distinct
        {{ automate_dv_spark.names(pk + business_key) | join(',\n        ') }}
    from staged
    {%- if adds %}

    union

    select
        {{ automate_dv_spark.names(pk + business_key) | join(',\n        ') }}
    from known
    {%- endif %}

),

colliding as (

    select
        min({{ text }}) as one_key,
        max({{ text }}) as other_key,
        min({{ plain_text }}) = max({{ plain_text }}) as is_alike,
        concat_ws('||', {% for name in automate_dv_spark.names(pk) %}{{ 'hex(' ~ name ~ ')' if var('enable_native_hashes', false) else name }}{{ ', ' if not loop.last }}{% endfor %}) as hash_key
    from all_keys
    group by {{ automate_dv_spark.names(pk) | join(', ') }}
    having min({{ text }}) <> max({{ text }})

),

guarded as (

    select *
    from staged
    where coalesce((
        select cast(raise_error(concat(
            '{{ this.identifier }}: the hash key ', hash_key, ' stands for two business keys, ', one_key, ' and ', other_key,
            '. Nothing was loaded; ',
            if(
                is_alike,
                'they differ in blanks or case only, which the variables hashkey_trim: false and hashkey_casing: disabled tell apart; rebuild.',
                'use a longer hash (variable hash) and rebuild.'
            )
        )) as boolean)
        from (
            select
                min(hash_key) as hash_key,
                min_by(one_key, hash_key) as one_key,
                min_by(other_key, hash_key) as other_key,
                min_by(is_alike, hash_key) as is_alike,
                count(*) as collision_count
            from colliding
        ) as first_collision
        where collision_count > 0
    ), true)

),
{%- endmacro %}
