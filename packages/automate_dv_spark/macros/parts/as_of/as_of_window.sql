{#-
    The as-of dates of a PIT or bridge, and which of them this run has to write. They are read when the model is compiled,
    so that they are literals in the SQL.

    Gives {all, affected, backfill, replaced}: `affected` dates are written for all keys: those since the earliest staged
    load, and those that the table does not hold. `backfill` dates are older; only keys that the table does not hold lack
    them. `replaced` is a condition for the rows to delete: those of affected dates, and of dates that are no longer in
    the as-of table. Stages without rows are ignored; if all are empty, only new dates are affected. When the table lacks
    one of the `columns` and is to get it, all dates are affected.

    In a unit test the dates come from its given rows, so that they are a query.
-#}
{% macro as_of_window(as_of_dates_table, stage_tables_ldts, columns) -%}
    {%- set window = {'all': [], 'affected': [], 'backfill': [], 'replaced': none} -%}
    {%- set relation = automate_dv_spark.relation_of(as_of_dates_table) -%}
    {%- set stages = [] -%}
    {%- for stage, ldts in stage_tables_ldts.items() -%}
        {%- do stages.append('select min(' ~ ldts ~ ') as load_dts from ' ~ ref(stage)) -%}
    {%- endfor -%}
    {%- if execute and model.config.materialized == 'unit' -%}
        {%- do window.update({'affected': '(select collect_set(AS_OF_DATE) from ' ~ relation ~ ')'}) -%}
        {{- return(window) -}}
    {%- elif not execute or not load_relation(relation) -%}
        {{- return(window) -}}
    {%- endif -%}
    {%- set dates = automate_dv_spark.date_literals(relation) -%}
    {%- do window.all.extend(dates) -%}
    {%- if not automate_dv_spark.adds_to_target() -%}
        {%- do window.affected.extend(dates) -%}
        {{- return(window) -}}
    {%- endif -%}

    {%- set old_dates = automate_dv_spark.date_literals(this) -%}
    {%- set since = run_query(
        'select cast(min(load_dts) as string) from (' ~ stages | join(' union all ') ~ ') as stages'
    ).columns[0].values()[0] -%}
    {%- set lacking = automate_dv_spark.lacking_columns(columns) -%}
    {%- for date in dates -%}
        {%- set text = date.split("'")[1] -%}
        {#- Dates and timestamps sort as their text does; a date counts as its midnight. -#}
        {%- if lacking or date not in old_dates or (since is not none and (text ~ ' 00:00:00')[:19] >= since[:19]) -%}
            {%- do window.affected.append(date) -%}
        {%- else -%}
            {%- do window.backfill.append(date) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set gone = old_dates | reject('in', dates) | list -%}
    {%- set replaced = window.affected + gone -%}
    {%- do window.update({'replaced': 'AS_OF_DATE in (' ~ replaced | join(', ') ~ ')' if replaced else 'false'}) -%}
    {{- return(window) -}}
{%- endmacro %}
