{#- Hub keys, and per satellite its keys with the load time in a column of its own. -#}
{% macro change_points(pk, sats, hub_keys, of_hub, of_satellite, some_keys) -%}
            select
                {{ pk | join(',\n                ') }},
                {%- for sat in sats %}
                cast(null as timestamp) as {{ sat.at }},
                {%- endfor %}
                {{ of_hub }}
            from ({{ hub_keys }}) as hub
            {%- for sat in sats %}

            union all

            select
                {%- set this_sat = sat %}
                {%- for name in pk %}
                {{ this_sat['keys'][loop.index0] }} as {{ name }},
                {%- endfor %}
                {%- for other in sats %}
                {{ 'cast(' ~ this_sat.ldts ~ ' as timestamp)' if other.at == this_sat.at else 'null' }} as {{ other.at }},
                {%- endfor %}
                {{ of_satellite }}
            from {{ automate_dv_spark.aliased(sat.relation, 'satellite') }}
            {%- if some_keys %}
            left semi join ({{ hub_keys }}) as hub
                on {% for name in pk %}satellite.{{ this_sat['keys'][loop.index0] }} = hub.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
            {%- endif %}
            {%- endfor %}
{%- endmacro %}
