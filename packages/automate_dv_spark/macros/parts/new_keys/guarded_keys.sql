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
