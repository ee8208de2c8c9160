{#-
    Point-in-time table; per hub key and as-of date the key and load time of each satellite's newest row up to then, or the
    zero key and 1900-01-01. In an incremental run only affected dates are written (as_of_window).

    The dates are known when the model is compiled. Up to 100 columns of (satellite, date) are one hash aggregate over the
    change points: one shuffle, no sort, no join. Above that the load times are carried along a timeline of change points
    and dates: one shuffle and one sort, whatever the number of satellites.
-#}
{% macro spark__pit(src_pk=none, src_extra_columns=none, as_of_dates_table=none, satellites=none, stage_tables_ldts=none,
                    src_ldts=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('pit', {
        'src_pk': src_pk, 'as_of_dates_table': as_of_dates_table, 'satellites': satellites,
        'stage_tables_ldts': stage_tables_ldts, 'src_ldts': src_ldts, 'source_model': source_model
    }) -}}
    {%- if satellites is not mapping or stage_tables_ldts is not mapping -%}
        {{ automate_dv_spark.argument_error('pit', 'satellites and stage_tables_ldts are mappings.') }}
    {%- endif -%}
    {%- if not automate_dv_spark.is_missing(src_extra_columns) and execute -%}
        {%- do exceptions.warn('pit in model ' ~ model.name ~ ': src_extra_columns are accepted and not used.') -%}
    {%- endif -%}
    {%- set pk = automate_dv_spark.names(automate_dv_spark.column_list(src_pk)) -%}
    {%- set sats = automate_dv_spark.pit_satellites(satellites) -%}
    {%- set hub = ref(source_model) -%}
    {%- set columns = pk + ['AS_OF_DATE'] -%}
    {%- for sat in sats -%}
        {%- for alias in sat.key_aliases + [sat.ldts_alias] -%}
            {%- do columns.append(sat.name ~ '_' ~ alias) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set window = automate_dv_spark.as_of_window(as_of_dates_table, stage_tables_ldts, columns) -%}
    {%- set hub_keys = 'select ' ~ pk | join(', ') ~ ' from ' ~ hub -%}
    {%- if window.replaced is not none %}{{ automate_dv_spark.refresh_mark(window.replaced) }}{% endif %}
{{ automate_dv_spark.pit_rows(pk, sats, window.affected, hub_keys, false) }}
    {%- if window.backfill %}
        {#-
            A key may have come through any stage of its hub, so the table itself shows which keys it lacks; every
            date has all keys.
        -#}
        {%- set new_keys -%}
select {{ automate_dv_spark.names(automate_dv_spark.column_list(src_pk), 'hub') | join(', ') }} from {{ automate_dv_spark.aliased(hub, 'hub') }} left anti join (
            select {{ pk | join(', ') }} from {{ this }} where AS_OF_DATE = {{ window.backfill | last }}
        ) as existing on {{ automate_dv_spark.keys_equal(automate_dv_spark.column_list(src_pk), 'hub', 'existing') }}
        {%- endset %}
        {%- if run_query('select 1 from (' ~ new_keys ~ ') as new_keys limit 1').rows | length %}
{{ automate_dv_spark.backfill_mark() }}
{{ automate_dv_spark.pit_rows(pk, sats, window.backfill, new_keys, true) }}
        {%- endif %}
    {%- endif %}
{%- endmacro %}
