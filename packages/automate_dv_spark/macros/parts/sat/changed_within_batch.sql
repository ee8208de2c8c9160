{#-
    CTEs of a first load, where a row can differ only from the staged row before it. Rows of one moment keep the order of
    the scan; with late_safe_satellites they are ordered by a fingerprint.
-#}
{% macro changed_within_batch(pk, hashdiff, ldts, eff, late_safe) -%}
    {%- set hd = hashdiff[0].alias -%}
    {%- set in_order = automate_dv_spark.names(ldts + eff) -%}
{%- if not late_safe %}
{{ automate_dv_spark.placed_rows(pk, in_order, hashdiff) }}
{% endif %}
compared as (

    select
        *,
        lag(true) over in_order as has_previous,
        lag({{ hd }}) over in_order as previous
    from {{ 'staged' if late_safe else 'placed' }}
    window in_order as (
        partition by {{ automate_dv_spark.names(pk) | join(', ') }}
        order by {{ (in_order + [automate_dv_spark.fingerprint(hashdiff) if late_safe else 'scan_position']) | unique | join(', ') }}
    )

),

changed as (

    select * from compared
    where has_previous is null or not previous <=> {{ hd }}

),
{%- endmacro %}
