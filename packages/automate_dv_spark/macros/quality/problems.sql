{#-
    One test per vault table, with the arguments of its loading macro: everything that must hold for the structure, read in
    one statement. A failing row says which rule, how often, and for which hash key; no attribute leaves the table.
-#}
{#- A union of one select per rule; each gives the rows that break it as (problem, hash_key, row_count). -#}
{% macro problems(model, key, unique=[], not_null=[], references={}, neighbours=none, conditions={},
                   rules=[]) -%}
    {%- set hash_key = automate_dv_spark.key_text(key) -%}
    {%- set rules = rules | list -%}

    {%- set nulls = [] -%}
    {%- for column in automate_dv_spark.column_list(not_null) -%}
        {%- do nulls.append(column.alias ~ ' is null') -%}
    {%- endfor -%}
    {%- set all_conditions = {} -%}
    {%- if nulls -%}
        {%- do all_conditions.update({'a key or audit column is null': nulls | join(' or ')}) -%}
    {%- endif -%}
    {%- do all_conditions.update(conditions) -%}
    {#- All conditions in one reading of the table. -#}
    {%- if all_conditions -%}
        {%- set rule -%}
select
    explode(array_compact(array(
        {%- for problem, condition in all_conditions.items() %}
        if({{ condition }}, '{{ problem }}', null){{ ',' if not loop.last }}
        {%- endfor %}
    ))) as problem,
    {{ hash_key }} as hash_key,
    1 as row_count
from {{ model }}
        {%- endset -%}
        {%- do rules.append(rule) -%}
    {%- endif -%}

    {%- for columns in unique -%}
        {%- set columns = automate_dv_spark.names(automate_dv_spark.column_list(columns)) -%}
        {%- set rule -%}
select
    '{{ columns | join(', ') }} is not unique' as problem,
    min({{ hash_key }}) as hash_key,
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
        {%- endset -%}
        {%- do rules.append(rule) -%}
    {%- endfor -%}

    {%- for column, parent in references.items() -%}
        {%- set rule -%}
select
    '{{ column }} is missing from {{ parent.identifier }}' as problem,
    {{ automate_dv_spark.key_text(key, 'child') }} as hash_key,
    1 as row_count
from {{ model }} as child
left anti join {{ parent }} as parent on child.{{ column }} = parent.{{ column }}
where child.{{ column }} is not null
        {%- endset -%}
        {%- do rules.append(rule) -%}
    {%- endfor -%}

    {%- if neighbours -%}
        {%- set rule -%}
select
    'a row repeats the row before it' as problem,
    {{ hash_key }} as hash_key,
    1 as row_count
from (
    select
        *,
        lag({{ neighbours.hashdiff }}) over (
            partition by {{ automate_dv_spark.names(automate_dv_spark.column_list(key)) | join(', ') }}
            order by {{ neighbours.ldts }}
        ) as previous_hashdiff
    from {{ model }}
) as in_order
where {{ neighbours.hashdiff }} = previous_hashdiff
        {%- endset -%}
        {%- do rules.append(rule) -%}
    {%- endif -%}

{{ rules | join('\n\nunion all\n\n') }}
{%- endmacro %}
