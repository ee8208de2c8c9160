{#- CTE extracts: the extracts in their order; each row also has the next extract. -#}
{% macro extracts_in_order(c) -%}
extracts as (

    select
        {{ c.at }},
        record_source,
        row_number() over (order by {{ c.at }}) as place,
        lead({{ c.at }}) over (order by {{ c.at }}) as next_extract,
        lead(record_source) over (order by {{ c.at }}) as next_source
    from (
        select
            {{ c.at }},
            min({{ c.source }}) as record_source
        from staged
        group by {{ c.at }}
    ) as extract_times

),
{%- endmacro %}
