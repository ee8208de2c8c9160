{#-
    PIT and bridge in incremental runs. A model's SQL says in a comment which rows it replaces (refresh_mark); then only
    they are written. SQL without the comment replaces all rows, as AutomateDV does.
-#}
{% materialization pit_incremental, adapter='spark' -%}
    {{ return(automate_dv_spark.materialise_as_of()) }}
{%- endmaterialization %}


{% materialization bridge_incremental, adapter='spark' -%}
    {{ return(automate_dv_spark.materialise_as_of()) }}
{%- endmaterialization %}


{% macro refresh_mark(replaced, key) -%}
/* automate_dv_spark replaces [[{{ replaced }}]] key [[{{ key | join(', ') }}]] */
{%- endmacro %}


{% macro backfill_mark() -%}
union all /* automate_dv_spark backfill */
{%- endmacro %}


{% macro materialise_as_of() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if existing is none or existing.type != 'table' or should_full_refresh() -%}
        {%- if existing is not none and existing.type != 'table' -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, sql) }}
        {%- endcall -%}
    {%- else -%}
        {%- set columns = automate_dv_spark.relation_columns(target_relation) | join(', ') -%}
        {%- if 'automate_dv_spark replaces [[' not in sql -%}
            {%- call statement('main') -%}
                insert overwrite {{ target_relation }} ({{ columns }}) select {{ columns }} from (
                    {{ sql }}
                ) as refreshed
            {%- endcall -%}
        {%- else -%}
            {%- set replaced = sql.split('automate_dv_spark replaces [[')[1].split(']]')[0] -%}
            {%- set key = sql.split(']] key [[')[1].split(']]')[0].split(', ') -%}
            {%- set parts = sql.split(automate_dv_spark.backfill_mark()) -%}
            {#- Backfill first, and only what is not there: both statements can be repeated after a crash. -#}
            {%- if parts | length > 1 -%}
                {%- call statement('backfill') -%}
                    insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from (
                        {{ parts[1] }}
                    ) as refreshed
                    left anti join {{ target_relation }} as existing
                        on refreshed.AS_OF_DATE = existing.AS_OF_DATE
                        {%- for name in key %} and refreshed.{{ name }} = existing.{{ name }}{% endfor %}
                {%- endcall -%}
            {%- endif -%}
            {%- call statement('main') -%}
                {%- if replaced == 'false' %}
                select 1
                {%- else %}
                insert into {{ target_relation }} replace where {{ replaced }} select {{ columns }} from (
                    {{ parts[0] }}
                ) as refreshed
                {%- endif %}
            {%- endcall -%}
        {%- endif -%}
    {%- endif -%}

    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
