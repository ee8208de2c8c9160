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
    {%- set of_link = ['bridge_link_pk', 'link_table', 'link_pk', 'link_fk1', 'link_fk2'] -%}
    {%- set all_names = [
        'bridge_link_pk', 'bridge_end_date', 'bridge_load_date', 'link_table', 'link_pk', 'link_fk1', 'link_fk2',
        'eff_sat_table', 'eff_sat_pk', 'eff_sat_end_date', 'eff_sat_load_date'
    ] -%}
    {%- for step, given in bridge_walk.items() -%}
        {#- A link may have no effectivity satellite, but not half of one. -#}
        {%- set is_plain = not of_link | reject('in', given) | list and not all_names[7:] | select('in', given) | list -%}
        {%- set needed = of_link if is_plain else all_names -%}
        {%- set missing = needed | reject('in', given) | list -%}
        {%- if missing -%}
            {{ automate_dv_spark.argument_error('bridge', 'step ' ~ step ~ ' of bridge_walk lacks ' ~ missing | join(', ') ~ '.') }}
        {%- endif -%}
    {%- endfor -%}
    {%- set pk = automate_dv_spark.names(automate_dv_spark.column_list(src_pk)) -%}
    {%- set steps = [] -%}
    {%- for given in bridge_walk.values() -%}
        {%- set step = {'has_satellite': 'eff_sat_table' in given} -%}
        {%- for name, value in given.items() -%}
            {%- do step.update({name: value if name in ['link_table', 'eff_sat_table'] else automate_dv_spark.quoted_name(value)}) -%}
        {%- endfor -%}
        {%- do steps.append(step) -%}
    {%- endfor -%}
    {%- set columns = pk + ['AS_OF_DATE'] + steps | map(attribute='bridge_link_pk') | list -%}
    {%- set link_ldts = automate_dv_spark.column_list(src_ldts)[0].source_column -%}
    {%- set window = automate_dv_spark.as_of_window(as_of_dates_table, stage_tables_ldts, columns) -%}
    {%- set hub = ref(source_model) -%}
    {%- if window.replaced is not none %}{{ automate_dv_spark.refresh_mark(window.replaced) }}{% endif %}
with

{%- for step in steps %}
{%- if step.has_satellite %}

-- When a relationship was open: from the load of an open row until the load of the next row.
open_{{ loop.index }} as (

    select * from (
        select
            {{ step.eff_sat_pk }} as link_key,
            {{ step.eff_sat_load_date }} as open_from,
            coalesce(
                lead({{ step.eff_sat_load_date }}) over (
                    partition by {{ step.eff_sat_pk }} order by {{ step.eff_sat_load_date }}
                ),
                timestamp'9999-12-31 23:59:59.999999'
            ) as open_until,
            {{ automate_dv_spark.is_open(step.eff_sat_end_date) }} as is_open
        from {{ ref(step.eff_sat_table) }}
    ) as intervals
    where is_open

),
{%- endif %}

link_{{ loop.index }} as (

    select
        {%- if loop.first %}
        {%- for name in pk %}
        link.{{ name }} as key_{{ loop.index }},
        {%- endfor %}
        {%- else %}
        link.{{ step.link_fk1 }} as way_in,
        {%- endif %}
        link.{{ step.link_fk2 }} as way_out,
        link.{{ step.link_pk }} as link_key,
        {%- if step.has_satellite %}
        open_{{ loop.index }}.open_from,
        open_{{ loop.index }}.open_until
        {%- else %}
        link.{{ step.link_load_date or link_ldts }} as open_from,
        timestamp'9999-12-31 23:59:59.999999' as open_until
        {%- endif %}
    from {{ automate_dv_spark.aliased(ref(step.link_table), 'link') }}
    {%- if step.has_satellite %}
    inner join open_{{ loop.index }} on link.{{ step.link_pk }} = open_{{ loop.index }}.link_key
    {%- endif %}

),
{%- endfor %}

walk as (

    select
        {%- for name in pk %}
        hub.{{ name }},
        {%- endfor %}
        {%- for step in steps %}
        link_{{ loop.index }}.link_key as {{ step.bridge_link_pk }},
        {%- endfor %}
        greatest({% for step in steps %}link_{{ loop.index }}.open_from{{ ', ' if not loop.last }}{% endfor %}{{ ', null' if steps | length == 1 }}) as open_from,
        least({% for step in steps %}link_{{ loop.index }}.open_until{{ ', ' if not loop.last }}{% endfor %}{{ ', null' if steps | length == 1 }}) as open_until
    from {{ automate_dv_spark.aliased(hub, 'hub') }}
    inner join link_1
        on {% for name in pk %}hub.{{ name }} = link_1.key_{{ loop.index }}{{ ' and ' if not loop.last }}{% endfor %}
    {%- for step in steps[1:] %}
    inner join link_{{ loop.index + 1 }} on link_{{ loop.index }}.way_out = link_{{ loop.index + 1 }}.way_in
    {%- endfor %}

),

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
