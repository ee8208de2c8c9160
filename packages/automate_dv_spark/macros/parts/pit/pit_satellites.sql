{#- The satellites of a PIT as mappings: name, relation, its keys and their aliases, load time and its alias, and `at`, the column of its load time. -#}
{% macro pit_satellites(satellites) -%}
    {%- set sats = [] -%}
    {%- for name, sat in satellites.items() -%}
        {%- set pk_aliases = sat.pk.keys() | list -%}
        {%- do sats.append({
            'name': name, 'relation': ref(name), 'key_aliases': pk_aliases,
            'keys': automate_dv_spark.names(automate_dv_spark.column_list(sat.pk.values() | list)),
            'ldts': automate_dv_spark.quoted_name(sat.ldts.values() | first), 'ldts_alias': sat.ldts.keys() | first, 'at': 'at_' ~ loop.index
        }) -%}
    {%- endfor -%}
    {{- return(sats) -}}
{%- endmacro %}
