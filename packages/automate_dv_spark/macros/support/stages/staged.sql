{#-
    The staged rows of all stages, in the target's names. Rows with a null key are left out; columns given as `together`
    must be all null or all given.
-#}
{% macro staged(source_model, columns, not_null, together=[]) -%}
    {%- set stages = automate_dv_spark.stages_of(source_model) -%}
    {%- for stage in stages %}
        {%- set here = automate_dv_spark.columns_of_stage(stage, columns, stages | length > 1) -%}
        {%- set keys = [] -%}
        {%- for column in here if column.alias in automate_dv_spark.names(not_null) -%}
            {%- if column.source_column == 'null' -%}
                {{ automate_dv_spark.argument_error(
                    'source_model', 'the key ' ~ column.alias ~ ' is null in ' ~ stage.name ~ ': no row of it would be loaded.'
                ) }}
            {%- endif -%}
            {%- do keys.append(column) -%}
        {%- endfor -%}
        {%- set pairs = [] -%}
        {%- for column in here if column.alias in automate_dv_spark.names(together) -%}
            {%- do pairs.append(column.source_column) -%}
        {%- endfor %}
    select
        {{ automate_dv_spark.select_list(here) }}
    from {{ automate_dv_spark.stage_relation(stage.name) }}
    where {{ automate_dv_spark.all_not_null(keys) }}
    {%- for column in pairs[1:] %} and ({{ pairs[0] }} is null) = ({{ column }} is null){% endfor %}
    {{- automate_dv_spark.batch_filter() }}
    {%- if not loop.last %}

    union all
    {% endif -%}
    {%- endfor -%}
{%- endmacro %}
