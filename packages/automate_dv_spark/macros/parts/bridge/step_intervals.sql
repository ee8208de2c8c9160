{#-
    CTEs open_<number> and link_<number>: the relationships of a step, and when each was open. With an effectivity satellite
    that is from the load of an open row until the load of the next row; without one, from the link's load time on.
-#}
{% macro step_intervals(step, number, pk, link_ldts) -%}
{%- if step.has_satellite %}

open_{{ number }} as (

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

link_{{ number }} as (

    select
        {%- if number == 1 %}
        {%- for name in pk %}
        link.{{ name }} as key_{{ loop.index }},
        {%- endfor %}
        {%- else %}
        link.{{ step.link_fk1 }} as way_in,
        {%- endif %}
        link.{{ step.link_fk2 }} as way_out,
        link.{{ step.link_pk }} as link_key,
        {%- if step.has_satellite %}
        open_{{ number }}.open_from,
        open_{{ number }}.open_until
        {%- else %}
        link.{{ step.link_load_date or link_ldts }} as open_from,
        timestamp'9999-12-31 23:59:59.999999' as open_until
        {%- endif %}
    from {{ automate_dv_spark.aliased(ref(step.link_table), 'link') }}
    {%- if step.has_satellite %}
    inner join open_{{ number }} on link.{{ step.link_pk }} = open_{{ number }}.link_key
    {%- endif %}

),
{%- endmacro %}
