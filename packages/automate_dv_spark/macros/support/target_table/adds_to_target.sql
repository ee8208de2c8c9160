{#-
    Whether the model adds to a table that exists, whatever its materialisation. In a unit test its override of is_incremental
    says so, and the rows of the table are the input `this`.
-#}
{% macro adds_to_target() -%}
    {%- if not execute -%}{{- return(false) -}}{%- endif -%}
    {%- if model.config.materialized == 'unit' -%}
        {%- set adds = ((model.overrides or {}).macros or {}).is_incremental or false -%}
        {%- if adds and not this -%}
            {{ automate_dv_spark.argument_error('unit test', 'with is_incremental: true the input `this` has to be given.') }}
        {%- endif -%}
        {{- return(adds) -}}
    {%- endif -%}
    {%- if model.config.incremental_strategy == 'microbatch' -%}
        {{ automate_dv_spark.argument_error(
            model.config.materialized, 'the strategy microbatch replaces whole batches and loses history; vault tables take append.'
        ) }}
    {%- endif -%}
    {%- if should_full_refresh() or model.config.materialized not in [
        'incremental', 'vault_insert_by_period', 'vault_insert_by_rank', 'pit_incremental', 'bridge_incremental'
    ] -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set existing = load_relation(this) -%}
    {{- return(existing is not none and existing.type == 'table') -}}
{%- endmacro %}
