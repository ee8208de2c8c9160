{#-
    Applies on_schema_change as dbt's incremental does; the columns of the SQL are read from a temporary view, which runs
    no query.
-#}
{% macro change_schema(existing, sql) -%}
    {%- set on_schema_change = automate_dv_spark.schema_change_rule() -%}
    {%- if on_schema_change != 'ignore' -%}
        {%- set view = this.incorporate(path={'identifier': this.identifier ~ '__dbt_tmp'}).include(database=false, schema=false) -%}
        {%- call statement('create_tmp_relation') -%}
            {{ create_table_as(True, view, sql) }}
        {%- endcall -%}
        {%- do process_schema_changes(on_schema_change, view, existing) -%}
        {%- call statement('drop_tmp_relation') -%}
            drop view if exists {{ view }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
