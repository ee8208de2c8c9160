{#-
    PIT and bridge in incremental runs. A model's SQL says in a comment which rows it replaces (refresh_mark); then only
    they are written. SQL without the comment replaces all rows, as AutomateDV does.
-#}
{% macro materialise_as_of() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if automate_dv_spark.is_rebuilt(existing) -%}
        {%- do automate_dv_spark.make_table(target_relation, existing, sql) -%}
    {%- else -%}
        {%- do automate_dv_spark.change_schema(existing, sql.split(automate_dv_spark.backfill_mark())[0]) -%}
        {%- set columns = automate_dv_spark.target_columns(target_relation) -%}
        {%- if 'automate_dv_spark replaces [[' not in sql -%}
            {%- call statement('main') -%}
                insert overwrite {{ target_relation }} ({{ columns }}) select {{ columns }} from (
                    {{ sql }}
                ) as refreshed
            {%- endcall -%}
        {%- else -%}
            {%- set replaced = sql.split('automate_dv_spark replaces [[')[1].split(']]')[0] -%}
            {%- set parts = sql.split(automate_dv_spark.backfill_mark()) -%}
            {#-
                The backfill runs first, for keys that the table does not hold: both statements can be
                repeated after a crash.
            -#}
            {%- if parts | length > 1 -%}
                {%- call statement('backfill') -%}
                    insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from (
                        {{ parts[1] }}
                    ) as refreshed
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

    {%- do automate_dv_spark.finish_table(target_relation, existing) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
