{% materialization vault_insert_by_rank, adapter='spark' -%}
    {%- set rank_column = automate_dv_spark.field_sql(automate_dv_spark.required_setting('vault_insert_by_rank', 'rank_column')) -%}
    {%- set models = automate_dv_spark.required_setting('vault_insert_by_rank', 'rank_source_models') -%}
    {%- set stages = [] -%}
    {%- for name in ([models] if models is string else models) -%}
        {%- do stages.append('select ' ~ rank_column ~ ' as step from ' ~ ref(name)) -%}
    {%- endfor -%}
    {%- set ranks = run_query(
        'select distinct cast(step as int) from (' ~ stages | join(' union all ') ~ ') as stages where step is not null order by 1'
    ).columns[0].values() -%}
    {%- set filters = [] -%}
    {%- for rank in ranks -%}
        {%- do filters.append('cast(' ~ rank_column ~ ' as int) = ' ~ rank) -%}
    {%- endfor -%}
    {{ return(automate_dv_spark.materialise_in_steps('__RANK_FILTER__', filters)) }}
{%- endmaterialization %}
