{#-
    What the macros of this folder need, in one mapping:

    - columns, and names for all of them; pk, dfk, sfk and extra, as lists of {source_column, alias};
    - event, the columns that a closed row takes from the event that closes it: effective time, load time, extra columns;
    - start, end, eff and ldts, the names of the dates;
    - pk_sql, dfk_sql and link_sql, names joined for a window: the relationship, its driving key, and both;
    - auto, ordered, null_ends and adds, the rules that hold.
-#}
{% macro effectivity_settings(src_pk, src_dfk, src_sfk, src_extra_columns, src_start_date, src_end_date, src_eff, src_ldts,
                              src_source) -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set dfk = automate_dv_spark.column_list(src_dfk) -%}
    {%- set sfk = automate_dv_spark.column_list(src_sfk) -%}
    {%- set extra = automate_dv_spark.column_list(src_extra_columns) -%}
    {%- set start = automate_dv_spark.column_list(src_start_date) -%}
    {%- set end = automate_dv_spark.column_list(src_end_date) -%}
    {%- set eff = automate_dv_spark.column_list(src_eff) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set columns = pk + dfk + sfk + extra + start + end + eff + ldts + automate_dv_spark.column_list(src_source) -%}
    {%- set auto = automate_dv_spark.setting('is_auto_end_dating') -%}
    {{- return({
        'columns': columns, 'names': automate_dv_spark.names(columns), 'pk': pk, 'dfk': dfk, 'sfk': sfk, 'extra': extra,
        'event': eff + ldts + extra,
        'start': start[0].alias, 'end': end[0].alias, 'eff': eff[0].alias, 'ldts': ldts[0].alias,
        'pk_sql': automate_dv_spark.names(pk) | join(', '), 'dfk_sql': automate_dv_spark.names(dfk) | join(', '),
        'link_sql': automate_dv_spark.names(dfk + pk) | unique | join(', '),
        'auto': auto, 'ordered': automate_dv_spark.setting('ordered_effectivity'),
        'null_ends': auto and automate_dv_spark.setting('null_ends_effectivity', true),
        'adds': automate_dv_spark.adds_to_target()
    }) -}}
{%- endmacro %}
