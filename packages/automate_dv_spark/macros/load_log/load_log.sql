{#- The load log says which child of a hashed stage has loaded which delivery: one row per (model, stage, load_id). -#}

{% macro vault_load_log_relation(schema) -%}
    {{ return(api.Relation.create(schema=schema, identifier='vault_load_log')) }}
{%- endmacro %}


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


{#-
    The deliveries that at least one child of the current stage has not logged, as a literal list: Delta can then skip
    files by their statistics, which a sub-query would not allow. None while parsing: no filter.
-#}
{% macro pending_load_ids() -%}
    {%- set ledger = source(*var('vault_load_ledger')) -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}

    {%- set children = [] -%}
    {%- set loaded_children = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and model.unique_id in node.depends_on.nodes -%}
        {%- do children.append(node.name) -%}
        {#- A child whose table is gone has loaded nothing, whatever the log says. -#}
        {%- if adapter.get_relation(database=none, schema=node.schema, identifier=node.alias) is not none -%}
            {%- do loaded_children.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set log = automate_dv_spark.vault_load_log_relation(this.schema) -%}
    {%- set log_exists = adapter.get_relation(database=none, schema=log.schema, identifier=log.identifier) is not none -%}

    {%- set query -%}
        select distinct ledger.load_id
        from {{ ledger }} as ledger
        {%- if log_exists and children and children | length == loaded_children | length %}
        cross join (select explode(array('{{ children | join("', '") }}')) as model) as child
        left anti join {{ log }} as logged
            on logged.stage = '{{ model.name }}'
                and logged.model = child.model
                and logged.load_id = ledger.load_id
        {%- endif %}
        order by ledger.load_id
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}


{#-
    To be called on-run-end with dbt's `results`: logs what the stage tables hold for each vault model that succeeded.
    A run that dies before this point logs nothing; its deliveries are staged again and, loads being idempotent, add nothing.
-#}
{% macro write_load_log(results) -%}
    {%- set children = {} -%}
    {%- set schemas = [] -%}
    {%- if execute -%}
        {%- for result in results
            if result.status == 'success' and result.node.resource_type == 'model' -%}
            {%- for parent_id in result.node.depends_on.nodes -%}
                {%- set parent = graph.nodes.get(parent_id) -%}
                {%- if parent and 'vault_stage' in parent.tags -%}
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
