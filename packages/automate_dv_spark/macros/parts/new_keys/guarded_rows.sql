{#- CTE guarded: the staged rows, unless a key is colliding; then the statement stops and names both business keys. -#}
{% macro guarded_rows() -%}
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
