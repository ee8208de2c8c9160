{#-
    The steps of a walk as a list of mappings: the names that are given for each, as SQL, and has_satellite. A step that lacks
    a name stops the compilation. A link may have no effectivity satellite, but not half of one.
-#}
{% macro walk_steps(bridge_walk) -%}
    {%- set of_link = ['bridge_link_pk', 'link_table', 'link_pk', 'link_fk1', 'link_fk2'] -%}
    {%- set all_names = [
        'bridge_link_pk', 'bridge_end_date', 'bridge_load_date', 'link_table', 'link_pk', 'link_fk1', 'link_fk2',
        'eff_sat_table', 'eff_sat_pk', 'eff_sat_end_date', 'eff_sat_load_date'
    ] -%}
    {%- set steps = [] -%}
    {%- for step, names in bridge_walk.items() -%}
        {%- set given = {} -%}
        {%- for name, value in (names or {}).items() if not automate_dv_spark.is_missing(value) -%}
            {%- do given.update({name: value if name in ['link_table', 'eff_sat_table'] else automate_dv_spark.quoted_name(value)}) -%}
        {%- endfor -%}
        {%- set is_plain = not of_link | reject('in', given) | list and not all_names[7:] | select('in', given) | list -%}
        {%- set missing = (of_link if is_plain else all_names) | reject('in', given) | list -%}
        {%- if missing -%}
            {{ automate_dv_spark.argument_error('bridge', 'step ' ~ step ~ ' of bridge_walk lacks ' ~ missing | join(', ') ~ '.') }}
        {%- endif -%}
        {%- do given.update({'has_satellite': not is_plain}) -%}
        {%- do steps.append(given) -%}
    {%- endfor -%}
    {{- return(steps) -}}
{%- endmacro %}
