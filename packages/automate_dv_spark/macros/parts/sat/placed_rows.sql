{#-
    CTE placed: rows of one moment keep the order of the scan, as in AutomateDV, and of equal ones the last is kept. One
    shuffle by key and one sort serve this window and the next. It looks a hundred rows ahead, so that a key with very
    many rows of one moment costs no more than its rows.
-#}
{% macro placed_rows(pk, moment, hashdiff) -%}
    {%- set print = automate_dv_spark.fingerprint(hashdiff) -%}
    {%- set moment = (automate_dv_spark.names(pk) + moment) | unique | join(', ') -%}
placed as (

    select *
    from (
        select
            *,
            array_contains(collect_set({{ print }}) over (
                partition by {{ moment }} order by scan_position
                rows between 1 following and 100 following
            ), {{ print }}) as is_repeated
        from (
            select
                *,
                monotonically_increasing_id() as scan_position
            from staged
            distribute by {{ automate_dv_spark.names(pk) | join(', ') }}
        ) as scanned
    ) as marked
    where not is_repeated

),
{%- endmacro %}
