{#-
    To be called on-run-end with dbt's `results`: logs what the stage tables hold for each vault model that succeeded.
    A run that dies before this point logs nothing; its deliveries are staged again and, loads being idempotent, add nothing.
    Nor is the first run of a load by period or rank logged: it takes the first step only.
-#}
{% macro write_load_log(results) -%}
    {%- set children = {} -%}
    {%- set schemas = [] -%}
    {%- if execute -%}
        {%- for result in results
            if result.status == 'success' and result.node.resource_type == 'model'
            and (not result.node.config.materialized.startswith('vault_insert_by_') or 'INSERT' in result.message) -%}
            {%- for parent_id in result.node.depends_on.nodes -%}
                {%- set parent = graph.nodes.get(parent_id) -%}
                {%- if automate_dv_spark.is_logged_stage(parent) -%}
                    {%- do children.setdefault(parent_id, []).append(result.node.name) -%}
                    {%- do schemas.append(parent.schema) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if children -%}
        {%- set log = automate_dv_spark.vault_load_log_relation(schemas[0]) -%}
        {%- do run_query(
            'create table if not exists ' ~ log ~ ' (model string, stage string, load_id bigint, run_id string) using delta'
            ~ " tblproperties ('delta.appendOnly' = 'true')"
        ) -%}
        insert into {{ log }}
        select loaded.* from (
        {%- for stage_id, models in children.items() %}
            {%- set stage = graph.nodes[stage_id] %}
            select
                explode(array('{{ models | join("', '") }}')) as model,
                '{{ stage.name }}' as stage,
                load_id,
                '{{ invocation_id }}' as run_id
            from (select distinct load_id from {{ stage.schema }}.{{ stage.alias }}) as staged
            {{- ' union all' if not loop.last }}
        {%- endfor %}
        ) as loaded
        left anti join {{ log }} as logged
            on loaded.model = logged.model and loaded.stage = logged.stage and loaded.load_id = logged.load_id
    {%- endif -%}
{%- endmacro %}
