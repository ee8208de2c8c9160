{#-
    One test per vault table, with the arguments of its loading macro: everything that must hold for the structure, read in
    one statement. A failing row says which rule, how often, and for which hash key; no attribute leaves the table.
-#}

{% test hub_is_sound(model, src_pk, src_nk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], [src_nk]], not_null=[src_pk, src_nk, src_ldts, src_source]
) }}
{% endtest %}


{#- `src_fk` maps each foreign key to its hub. -#}
{% test link_is_sound(model, src_pk, src_fk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], src_fk | list], not_null=[src_pk, src_fk | list, src_ldts, src_source],
    references=src_fk
) }}
{% endtest %}


{% test nh_link_is_sound(model, src_pk, src_fk, src_eff, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk]], not_null=[src_pk, src_fk | list, src_eff, src_ldts, src_source],
    references=src_fk
) }}
{% endtest %}


{#- `src_pk` maps the hash key to the satellite's parent. -#}
{% test sat_is_sound(model, src_pk, src_hashdiff, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]],
    not_null=[src_pk | list, src_hashdiff, src_ldts, src_source], references=src_pk,
    neighbours={'hashdiff': src_hashdiff, 'ldts': src_ldts}
) }}
{% endtest %}


{#- `src_cdk` are the child keys: with the hash key they name one of the rows that are true together. -#}
{% test ma_sat_is_sound(model, src_pk, src_cdk, src_hashdiff, src_ldts, src_source) %}
{%- set empty_sets = automate_dv_spark.setting('ma_sat_empty_sets') -%}
{%- set child_keys = automate_dv_spark.column_list(src_cdk) -%}
{%- set is_member = 'not (' ~ automate_dv_spark.all_null(child_keys) ~ ')' if empty_sets else 'true' -%}
{%- set repeated -%}
select
    'a set repeats the set before it' as problem,
    {{ automate_dv_spark.key_text(src_pk | list) }} as hash_key,
    size(members) as row_count
from (
    select
        *,
        lag(members) over (partition by {{ src_pk | list | join(', ') }} order by {{ src_ldts }}) as previous_members
    from (
        select
            {{ (src_pk | list + [src_ldts]) | join(', ') }},
            array_sort(collect_set(
                if({{ is_member }}, {{ automate_dv_spark.fingerprint(automate_dv_spark.column_list([src_cdk, src_hashdiff])) }}, null)
            )) as members
        from {{ model }}
        group by {{ (src_pk | list + [src_ldts]) | join(', ') }}
    ) as sets
) as in_order
where members = previous_members
{%- endset -%}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_cdk, src_ldts]],
    not_null=[src_pk | list, [] if empty_sets else src_cdk, src_hashdiff, src_ldts, src_source], references=src_pk,
    rules=[repeated]
) }}
{% endtest %}


{#- `is_auto_end_dating` as in the model's config: then a driving key has one open relationship at most. -#}
{% test eff_sat_is_sound(model, src_pk, src_dfk, src_sfk, src_start_date, src_end_date, src_ldts, src_source,
                         is_auto_end_dating=false) %}
{%- set driving_key = automate_dv_spark.names(automate_dv_spark.column_list(src_dfk)) -%}
{%- set two_open -%}
select
    'a driving key has several open relationships' as problem,
    {{ automate_dv_spark.key_text(driving_key) }} as hash_key,
    count(*) as row_count
from (
    select
        {{ driving_key | join(', ') }},
        max_by({{ src_end_date }}, {{ src_ldts }}) as newest_end
    from {{ model }}
    group by {{ (driving_key + src_pk | list) | unique | join(', ') }}
) as newest
where {{ automate_dv_spark.is_open('newest_end') }}
group by {{ driving_key | join(', ') }}
having count(*) > 1
{%- endset -%}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]],
    not_null=[src_pk | list, src_dfk, src_sfk, src_start_date, src_end_date, src_ldts, src_source], references=src_pk,
    neighbours={'hashdiff': 'struct(' ~ src_start_date ~ ', ' ~ src_end_date ~ ')', 'ldts': src_ldts},
    conditions={'it ends before it starts': src_end_date ~ ' < ' ~ src_start_date},
    rules=[two_open] if is_auto_end_dating else []
) }}
{% endtest %}


{% test rts_is_sound(model, src_pk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]], not_null=[src_pk | list, src_ldts, src_source],
    references=src_pk
) }}
{% endtest %}


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
