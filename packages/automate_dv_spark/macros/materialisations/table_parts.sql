{#- What dbt's own materialisations do around the load, for ours. -#}

{#- Whether the table is made anew: it is not there, it is no table, or a full refresh is asked for. -#}
{% macro is_made_anew(existing) -%}
    {{- return(existing is none or existing.type != 'table' or should_full_refresh()) -}}
{%- endmacro %}


{#- Contract and table properties are the affair of create_table_as; constraints come after the rows. -#}
{% macro make_table(target_relation, existing, sql) -%}
    {%- if existing is not none and existing.type != 'table' -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, sql) }}
    {%- endcall -%}
    {%- do persist_constraints(target_relation, model) -%}
{%- endmacro %}


{#- on_schema_change as dbt's incremental has it; the columns of the SQL are those of a view, which runs nothing. -#}
{% macro change_schema(existing, sql) -%}
    {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
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


{#- The columns that are written, those of the table. -#}
{% macro target_columns(target_relation) -%}
    {{- automate_dv_spark.names(
        automate_dv_spark.column_list(automate_dv_spark.relation_columns(target_relation))
    ) | join(', ') -}}
{%- endmacro %}


{% macro finish_table(target_relation, existing) -%}
    {%- do apply_grants(
        target_relation, config.get('grants'), should_revoke(existing, full_refresh_mode=automate_dv_spark.is_made_anew(existing))
    ) -%}
    {%- do persist_docs(target_relation, model) -%}
{%- endmacro %}
