{% macro pending_loads(stage_sql) -%}
    {%- set loads = automate_dv_spark.pending_load_ids() -%}
    {%- if execute and flags.WHICH in ['run', 'build'] -%}
        {%- do run_query('create or replace view ' ~ automate_dv_spark.stage_of_all(this) ~ ' as ' ~ stage_sql) -%}
    {%- endif -%}
    select * from (

{{ stage_sql }}

    ) as staged
    {%- if loads is none %}
    {%- elif loads %}
    where load_id in ({{ loads | join(', ') }})
    {%- else %}
    where false
    {%- endif %}
{%- endmacro %}
