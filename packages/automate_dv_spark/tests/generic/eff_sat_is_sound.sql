{#-
    `is_auto_end_dating` as in the model's config: then a driving key has one open relationship at most. With `late_rows` a row
    may repeat the row before it, as in sat_is_sound. A relationship can open and close in one load, so that its rows of one
    load time are in the order of start and end.
-#}
{% test eff_sat_is_sound(model, src_pk, src_dfk, src_sfk, src_start_date, src_end_date, src_ldts, src_source,
                         is_auto_end_dating=false, late_rows=false) %}
{%- set in_order = src_ldts ~ ', ' ~ src_start_date ~ ', ' ~ src_end_date ~ ' desc' -%}
{%- set driving_key = automate_dv_spark.names(automate_dv_spark.column_list(src_dfk)) -%}
{%- set two_open -%}
select
    'a driving key has several open relationships' as problem,
    {{ automate_dv_spark.key_text(driving_key) }} as hash_key,
    count(*) as row_count
from (
    select
        {{ driving_key | join(', ') }},
        max_by({{ src_end_date }}, struct({{ src_ldts }}, {{ src_start_date }}, not {{ automate_dv_spark.is_open(src_end_date) }})) as newest_end
    from {{ model }}
    group by {{ (driving_key + src_pk | list) | unique | join(', ') }}
) as newest
where {{ automate_dv_spark.is_open('newest_end') }}
group by {{ driving_key | join(', ') }}
having count(*) > 1
{%- endset -%}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts, src_start_date, src_end_date]],
    not_null=[src_pk | list, src_dfk, src_sfk, src_start_date, src_end_date, src_ldts, src_source], references=src_pk,
    neighbours=none if late_rows else {'hashdiff': 'struct(' ~ src_start_date ~ ', ' ~ src_end_date ~ ')', 'ldts': in_order},
    conditions={'it ends before it starts': src_end_date ~ ' < ' ~ src_start_date},
    rules=[two_open] if is_auto_end_dating else []
) }}
{% endtest %}
