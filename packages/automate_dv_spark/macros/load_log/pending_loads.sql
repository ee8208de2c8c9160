{% macro pending_loads(stage_sql) -%}
    {%- set loads = automate_dv_spark.pending_load_ids() -%}
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
