{#- CTE walk: the relationships of all steps joined from the hub on, and when all of them were open. -#}
{% macro walk_cte(pk, steps, hub) -%}
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
{%- endmacro %}
