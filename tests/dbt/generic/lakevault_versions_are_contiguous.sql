{#-
    For each key, the versions known now start at the beginning of time, follow each other without gap or overlap, and end
    open.
-#}
{% test lakevault_versions_are_contiguous(model, key) %}

with

ordered as (

    select
        {{ key }},
        valid_from,
        valid_to,
        lag(valid_to, 1, {{ beginning_of_time() }}) over (partition by {{ key }} order by valid_from) as previous_valid_to,
        lead(valid_from, 1, {{ end_of_time() }}) over (partition by {{ key }} order by valid_from) as next_valid_from
    from {{ model }}
    where dbt_valid_to = {{ end_of_time() }}

)

select * from ordered
where valid_from <> previous_valid_to or valid_to <> next_valid_from or valid_from >= valid_to

{% endtest %}
