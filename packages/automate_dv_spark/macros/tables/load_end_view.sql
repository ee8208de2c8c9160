{#-
    A satellite with the end of each row's validity in load time: the next load time of its key. Rows of one load share
    their end.
-#}
{% macro load_end_view(satellite=none, src_pk=none, src_ldts=none, src_child_key=none) -%}
    {{- automate_dv_spark.require_arguments('load_end_view', {
        'satellite': satellite, 'src_pk': src_pk, 'src_ldts': src_ldts
    }) -}}
    {%- set pk = automate_dv_spark.names(automate_dv_spark.column_list(src_pk)) -%}
    {%- set next_load -%}
lead({{ src_ldts }}) over (partition by {{ pk | join(', ') }} order by {{ src_ldts }})
    {%- endset -%}
with

satellite as (

    select * from {{ ref(satellite) }}

),

{%- if not automate_dv_spark.is_missing(src_child_key) %}
loads as (

    select distinct
        {{ (pk + [src_ldts]) | join(',\n        ') }}
    from satellite

),

ends as (

    select
        {{ (pk + [src_ldts]) | join(',\n        ') }},
        {{ next_load }} as next_load_dts
    from loads

),

final as (

    select
        satellite.*,
        coalesce(ends.next_load_dts, timestamp'9999-12-31 00:00:00') as load_end_dts,
        ends.next_load_dts is null as is_current
    from satellite
    inner join ends
        on {% for name in pk + [src_ldts] %}satellite.{{ name }} = ends.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}

)
{%- else %}
final as (

    select
        *,
        coalesce({{ next_load }}, timestamp'9999-12-31 00:00:00') as load_end_dts,
        {{ next_load }} is null as is_current
    from satellite

)
{%- endif %}

select * from final
{%- endmacro %}
