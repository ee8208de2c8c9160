{#-
    The deliveries that at least one child of the current stage has not logged, as a literal list: Delta can then skip
    files by their statistics, which a subquery would not allow. None while parsing: no filter.
-#}
{% macro pending_load_ids() -%}
    {%- set ledger = source(*var('vault_load_ledger')) -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}

    {%- set children = [] -%}
    {%- set loaded_children = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and model.unique_id in node.depends_on.nodes -%}
        {%- do children.append(node.name) -%}
        {#- A child without a table has loaded nothing, whatever the log says. -#}
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
