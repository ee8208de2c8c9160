{#-
    CTEs timeline and in_order: each key's presence in the extracts, beside its previous and next one. A key that was
    active before this batch comes before the first extract.
-#}
{% macro extract_timeline(c, adds) -%}
timeline as (

    select
        {{ automate_dv_spark.names(c.pk, 'present') | join(',\n        ') }},
        present.{{ c.at }},
        {%- if c.hd %}
        present.{{ c.hd }},
        {%- endif %}
        present.{{ c.source }},
        extracts.place,
        extracts.next_extract,
        extracts.next_source
    from present
    inner join extracts on present.{{ c.at }} = extracts.{{ c.at }}
    {%- if adds %}

    union all

    select
        {{ automate_dv_spark.names(c.pk, 'active') | join(',\n        ') }},
        active.{{ c.at }},
        {%- if c.hd %}
        active.{{ c.hd }},
        {%- endif %}
        cast(null as string) as {{ c.source }},
        0 as place,
        (select {{ c.at }} from extracts where place = 1) as next_extract,
        (select record_source from extracts where place = 1) as next_source
    from active
    {%- endif %}

),

in_order as (

    select
        *,
        lag(place) over by_key as previous_place,
        lead(place) over by_key as next_place
        {%- if c.hd %},
        lag({{ c.hd }}) over by_key as previous_hashdiff
        {%- endif %}
    from timeline
    window by_key as (partition by {{ c.pk_names | join(', ') }} order by place)

),
{%- endmacro %}
