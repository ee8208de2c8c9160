{#- `as_of_dates_table` is a relation, `satellites` the mapping of the macro. Every hub key stands at every date. -#}
{% test pit_is_sound(model, src_pk, as_of_dates_table, satellites) %}
{%- set pk = src_pk | list -%}
{%- set not_null = pk + ['AS_OF_DATE'] -%}
{%- set conditions, rules = {}, [] -%}
{%- for name, satellite in satellites.items() -%}
    {%- set ldts = name ~ '_' ~ satellite.ldts | list | first -%}
    {%- set keys, ghosts, joins = [], [], [] -%}
    {%- for alias, column in satellite.pk.items() -%}
        {%- do keys.append(name ~ '_' ~ alias) -%}
        {%- do ghosts.append(name ~ '_' ~ alias ~ ' = ' ~ automate_dv_spark.repeated_key('0')) -%}
        {%- do joins.append('pit.' ~ name ~ '_' ~ alias ~ ' = satellite.' ~ column) -%}
    {%- endfor -%}
    {%- do not_null.extend(keys + [ldts]) -%}
    {%- set is_ghost = ldts ~ " = timestamp'1900-01-01 00:00:00' and " ~ ghosts | join(' and ') -%}
    {%- set is_own = [] -%}
    {%- for key in keys -%}
        {%- do is_own.append(key ~ ' = ' ~ pk[loop.index0]) -%}
    {%- endfor -%}
    {%- do conditions.update({
        name ~ ' is of another key': 'not (' ~ is_ghost ~ ') and not (' ~ is_own | join(' and ') ~ ')',
        name ~ ' is of later': ldts ~ ' > AS_OF_DATE'
    }) -%}
    {%- set rule -%}
select
    'a row is missing from {{ name }}' as problem,
    {{ automate_dv_spark.key_text(pk, 'pit') }} as hash_key,
    1 as row_count
from {{ model }} as pit
left anti join {{ ref(name) }} as satellite
    on {{ joins | join(' and ') }}
        and pit.{{ ldts }} = satellite.{{ satellite.ldts.values() | first }}
where not ({{ is_ghost }})
    {%- endset -%}
    {%- do rules.append(rule) -%}
{%- endfor -%}
{%- set incomplete -%}
select
    'it is not every key at every date' as problem,
    cast(null as string) as hash_key,
    (select count(*) from {{ model }}) as row_count
where (select count(*) from {{ model }})
    <> (select count(*) from {{ src_pk.values() | first }}) * (select count(*) from {{ as_of_dates_table }})
{%- endset -%}
{%- do rules.append(incomplete) -%}
{%- set references = {'AS_OF_DATE': as_of_dates_table} -%}
{%- do references.update(src_pk) -%}
{{ automate_dv_spark.problems(
    model, key=pk, unique=[pk + ['AS_OF_DATE']], not_null=not_null, references=references, conditions=conditions, rules=rules
) }}
{% endtest %}
