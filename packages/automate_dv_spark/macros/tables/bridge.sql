{#-
    Bridge; per hub key and as-of date the relationships that were open then, along a walk of links. Each effectivity
    satellite is turned once into the intervals in which a relationship was open; the walk joins by equality, intersects
    the intervals, and takes the dates last. A link without an effectivity satellite is open from its load time on. In an
    incremental run only affected dates are written (as_of_window).
-#}
{% macro spark__bridge(src_pk=none, src_extra_columns=none, as_of_dates_table=none, bridge_walk=none, stage_tables_ldts=none,
                       src_ldts=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('bridge', {
        'src_pk': src_pk, 'as_of_dates_table': as_of_dates_table, 'bridge_walk': bridge_walk,
        'stage_tables_ldts': stage_tables_ldts, 'src_ldts': src_ldts, 'source_model': source_model
    }) -}}
    {%- if bridge_walk is not mapping or stage_tables_ldts is not mapping -%}
        {{ automate_dv_spark.argument_error('bridge', 'bridge_walk and stage_tables_ldts are mappings.') }}
    {%- endif -%}
    {%- set pk = automate_dv_spark.names(automate_dv_spark.column_list(src_pk)) -%}
    {%- set steps = automate_dv_spark.walk_steps(bridge_walk) -%}
    {%- set columns = pk + ['AS_OF_DATE'] + steps | map(attribute='bridge_link_pk') | list -%}
    {%- set link_ldts = automate_dv_spark.column_list(src_ldts)[0].source_column -%}
    {%- set window = automate_dv_spark.as_of_window(as_of_dates_table, stage_tables_ldts, columns) -%}
    {%- if window.replaced is not none %}{{ automate_dv_spark.refresh_mark(window.replaced) }}{% endif %}
with

{%- for step in steps %}
{{ automate_dv_spark.step_intervals(step, loop.index, pk, link_ldts) }}
{%- endfor %}

{{ automate_dv_spark.walk_cte(pk, steps, ref(source_model)) }}

final as (

    select
        {%- for name in pk %}
        {{ name }},
        {%- endfor %}
        AS_OF_DATE,
        {%- for step in steps %}
        {{ step.bridge_link_pk }}{{ ',' if not loop.last }}
        {%- endfor %}
    from walk
    {%- if window.affected %}
    lateral view explode({{ automate_dv_spark.dates_array(window.affected) }}) as_of_dates as AS_OF_DATE
    where AS_OF_DATE >= open_from and AS_OF_DATE < open_until
    {%- else %}
    lateral view explode(array(cast(null as timestamp))) as_of_dates as AS_OF_DATE
    where false
    {%- endif %}

)

select * from final
{%- endmacro %}
