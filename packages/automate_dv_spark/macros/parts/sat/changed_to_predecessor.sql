{#-
    CTEs of late_safe_satellites: stored and staged rows of a key in one timeline, in the order that they have within one
    load. Keys and hashdiffs are fingerprints there, and a staged row is one value, so that the many stored rows are
    narrow.
-#}
{% macro changed_to_predecessor(pk, hashdiff, ldts, eff, columns) -%}
    {%- set when = automate_dv_spark.names(ldts + eff) | unique | list -%}
    {%- set prints -%}
        {{ automate_dv_spark.fingerprint(pk) }} as key_print,
        {{ automate_dv_spark.second_fingerprint(pk) }} as second_key_print,
        {{ automate_dv_spark.fingerprint(hashdiff) }} as hash_print,
        {{ automate_dv_spark.second_fingerprint(hashdiff) }} as second_hash_print,
        {{ when | join(',\n        ') }}
    {%- endset -%}
existing as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk + hashdiff + ldts + eff, few_rows_per_key=true, optional=eff) }}

),

timeline as (

    select
        {{ prints }},
        struct({{ automate_dv_spark.names(columns) | join(', ') }}) as staged_row
    from staged

    union all

    select
        {{ prints }},
        null as staged_row
    from existing

),

compared as (

    select
        *,
        lag(hash_print) over in_order as previous_print,
        lag(second_hash_print) over in_order as previous_second_print
    from timeline
    window in_order as (
        partition by key_print, second_key_print
        order by {{ (when + ['hash_print', 'staged_row is not null']) | join(', ') }}
    )

),

changed as (

    select staged_row.*
    from compared
    where staged_row is not null
        and (
            previous_print is null
            or previous_print <> hash_print
            or previous_second_print <> second_hash_print
        )

),
{%- endmacro %}
