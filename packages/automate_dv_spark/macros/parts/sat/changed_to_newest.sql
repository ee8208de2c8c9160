{#-
    CTEs of the plain rule. Of the stored rows of a staged key only fingerprints are kept, two of the key and two of the
    newest hashdiff: fixed-width values, so that they are grouped without a sort and broadcast. Two are 128 bits, as many
    as an MD5.
-#}
{% macro changed_to_newest(pk, hashdiff, ldts, eff) -%}
    {%- set hd = hashdiff[0].alias -%}
    {%- set recency = automate_dv_spark.recency(ldts, eff) -%}
existing as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk + hashdiff + ldts + eff, few_rows_per_key=true, optional=eff) }}

),

newest as (

    select
        {{ automate_dv_spark.fingerprint(pk) }} as key_print,
        {{ automate_dv_spark.second_fingerprint(pk) }} as second_key_print,
        max_by({{ automate_dv_spark.fingerprint(hashdiff) }}, {{ recency }}) as newest_print,
        max_by({{ automate_dv_spark.second_fingerprint(hashdiff) }}, {{ recency }}) as newest_second_print,
        max({{ ldts[0].alias }}) as newest_load
    from existing
    group by 1, 2

),

{{ automate_dv_spark.placed_rows(pk, automate_dv_spark.names(ldts + eff), hashdiff) }}

beside_newest as (

    select /*+ broadcast(newest) */
        staged.*,
        newest.newest_print,
        newest.newest_second_print
    from placed as staged
    left join newest
        on {{ automate_dv_spark.prints_match(pk, 'staged', 'newest') }}
    {%- if automate_dv_spark.setting('apply_source_filter') %}
    where newest.newest_load is null or staged.{{ ldts[0].alias }} > newest.newest_load
    {%- endif %}

),

compared as (

    select
        *,
        lag(true) over in_order as has_previous,
        lag({{ hd }}) over in_order as previous
    from beside_newest
    window in_order as (
        partition by {{ automate_dv_spark.names(pk) | join(', ') }}
        order by {{ (automate_dv_spark.names(ldts + eff) + ['scan_position']) | unique | join(', ') }}
    )

),

changed as (

    select *
    from compared
    where if(
        has_previous,
        not previous <=> {{ hd }},
        newest_print is null
            or newest_print <> {{ automate_dv_spark.fingerprint(hashdiff) }}
            or newest_second_print <> {{ automate_dv_spark.second_fingerprint(hashdiff) }}
    )

),
{%- endmacro %}
