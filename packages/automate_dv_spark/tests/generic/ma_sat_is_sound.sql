{#-
    `src_cdk` are the child keys: with the hash key they name one of the rows that are true together. With `late_rows` a set may
    repeat the set before it, as in sat_is_sound.
-#}
{% test ma_sat_is_sound(model, src_pk, src_cdk, src_hashdiff, src_ldts, src_source, late_rows=false) %}
{%- set empty_sets = automate_dv_spark.setting('ma_sat_empty_sets') -%}
{%- set child_keys = automate_dv_spark.column_list(src_cdk) -%}
{%- set is_member = 'not (' ~ automate_dv_spark.all_null(child_keys) ~ ')' if empty_sets else 'true' -%}
{%- set repeated -%}
select
    'a set repeats the set before it' as problem,
    {{ automate_dv_spark.key_text(src_pk | list) }} as hash_key,
    size(members) as row_count
from (
    select
        *,
        lag(members) over (partition by {{ src_pk | list | join(', ') }} order by {{ src_ldts }}) as previous_members
    from (
        select
            {{ (src_pk | list + [src_ldts]) | join(', ') }},
            array_sort(collect_set(
                if({{ is_member }}, {{ automate_dv_spark.fingerprint(automate_dv_spark.column_list([src_cdk, src_hashdiff])) }}, null)
            )) as members
        from {{ model }}
        group by {{ (src_pk | list + [src_ldts]) | join(', ') }}
    ) as sets
) as in_order
where members = previous_members
{%- endset -%}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_cdk, src_ldts]],
    not_null=[src_pk | list, [] if empty_sets else src_cdk, src_hashdiff, src_ldts, src_source], references=src_pk,
    rules=[] if late_rows else [repeated]
) }}
{% endtest %}
