{#- The distinct AS_OF_DATEs of a relation as typed literals, in order. -#}
{% macro date_literals(relation) -%}
    {%- set rows = run_query(
        'select distinct cast(AS_OF_DATE as string) as as_text, typeof(AS_OF_DATE) as as_type from ' ~ relation
        ~ ' where AS_OF_DATE is not null order by 1'
    ).rows -%}
    {%- set literals = [] -%}
    {%- for row in rows -%}
        {%- do literals.append(row[1] ~ "'" ~ row[0] ~ "'") -%}
    {%- endfor -%}
    {{- return(literals) -}}
{%- endmacro %}
