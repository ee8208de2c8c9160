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


{% test rts_is_sound(model, src_pk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]], not_null=[src_pk | list, src_ldts, src_source],
    references=src_pk
) }}
{% endtest %}


{% test ma_sat_is_sound(model, src_pk, src_cdk, src_hashdiff, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_cdk, src_hashdiff, src_ldts]],
    not_null=[src_pk | list, src_ldts, src_source], references=src_pk
) }}
{% endtest %}


{#- `one_open` says that a driving key has one open relationship at a time, as is_auto_end_dating makes it. -#}
{% test eff_sat_is_sound(model, src_pk, src_dfk, src_start_date, src_end_date, src_eff, src_ldts, src_source, one_open=true) %}
{%- set driving_key = automate_dv_spark.names(automate_dv_spark.column_list(src_dfk)) -%}
{%- set backwards -%}
select
    'a relationship ends before it starts' as problem,
    {{ automate_dv_spark.key_text(src_pk | list) }} as hash_key,
    1 as row_count
from {{ model }}
where {{ src_end_date }} < {{ src_start_date }}
{%- endset -%}
{%- set several_open -%}
select
    'a driving key has several open relationships' as problem,
    {{ automate_dv_spark.key_text(src_dfk) }} as hash_key,
    count(*) as row_count
from (
    select
        *,
        row_number() over (
            partition by {{ src_pk | list | join(', ') }}
            order by {{ src_ldts }} desc, {{ src_eff }} desc, {{ src_end_date }}
        ) as recency
    from {{ model }}
) as in_order
where recency = 1 and {{ automate_dv_spark.is_open(src_end_date) }}
group by {{ driving_key | join(', ') }}
having count(*) > 1
{%- endset -%}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_start_date, src_end_date, src_ldts]],
    not_null=[src_pk | list, src_dfk, src_start_date, src_end_date, src_eff, src_ldts, src_source], references=src_pk,
    more=[backwards] + ([several_open] if one_open else [])
) }}
{% endtest %}


{#- `satellites` as in the PIT's own model. -#}
{% test pit_is_sound(model, src_pk, satellites) %}
{%- set pk = automate_dv_spark.names(automate_dv_spark.column_list(src_pk)) -%}
{%- set shown = [] -%}
{%- set rules = [] -%}
{%- for name, satellite in satellites.items() -%}
    {%- set ldts = name ~ '_' ~ satellite.ldts.keys() | first -%}
    {%- set keys = satellite.pk.keys() | list -%}
    {%- do shown.append(ldts) -%}
    {%- set missing -%}
select
    'a row is missing from {{ name }}' as problem,
    {{ automate_dv_spark.key_text(pk, 'pit') }} as hash_key,
    1 as row_count
from {{ model }} as pit
left anti join {{ ref(name) }} as satellite
    on pit.{{ ldts }} = satellite.{{ satellite.ldts.values() | first }}
    {%- for alias, key in satellite.pk.items() %}
    and pit.{{ name }}_{{ alias }} = satellite.{{ key }}
    {%- endfor %}
where pit.{{ name }}_{{ keys[0] }} <> {{ automate_dv_spark.repeated_key('0') }}
    {%- endset -%}
    {%- set future -%}
select
    '{{ name }} shows a row of a later time' as problem,
    {{ automate_dv_spark.key_text(pk) }} as hash_key,
    1 as row_count
from {{ model }}
where {{ ldts }} > AS_OF_DATE
    {%- endset -%}
    {%- do rules.extend([missing, future]) -%}
    {%- for alias in keys -%}
        {%- do shown.append(name ~ '_' ~ alias) -%}
    {%- endfor -%}
{%- endfor -%}
{{ automate_dv_spark.problems(
    model, key=pk, unique=[pk + ['AS_OF_DATE']], not_null=pk + ['AS_OF_DATE'] + shown, more=rules
) }}
{% endtest %}
