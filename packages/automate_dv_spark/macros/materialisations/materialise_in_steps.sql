{#-
    Loads a vault table step by step: period by period of a timestamp, or rank by rank. The first run takes the first step
    and creates the table; later runs take the rest, one insert each. A period run starts again at the newest row in the
    table. Only periods that have staged rows are steps.
-#}
{% macro materialise_in_steps(placeholder, filters) -%}
    {%- if placeholder not in sql -%}
        {{ automate_dv_spark.argument_error(
            model.config.materialized, 'the SQL lacks ' ~ placeholder ~ '; the table macros write it, own SQL must do so too.'
        ) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if automate_dv_spark.is_rebuilt(existing) -%}
        {%- do automate_dv_spark.make_table(
            target_relation, existing, sql | replace(placeholder, filters[0] if filters else 'false')
        ) -%}
    {%- else -%}
        {%- do automate_dv_spark.change_schema(existing, sql | replace(placeholder, 'false')) -%}
        {%- set columns = automate_dv_spark.target_columns(target_relation) -%}
        {%- for filter in filters -%}
            {%- call statement('step_' ~ loop.index) -%}
                insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from (
                    {{ sql | replace(placeholder, filter) }}
                ) as step_rows
            {%- endcall -%}
        {%- endfor -%}
        {%- call noop_statement('main', 'INSERT in ' ~ filters | length ~ ' steps') -%}
            {{ sql }}
        {%- endcall -%}
    {%- endif -%}

    {%- do automate_dv_spark.finish_table(target_relation, existing) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
