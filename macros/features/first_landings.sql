{#- For each label_to of `labels` the first landing of `events` at or after it: from then on the label is known, and may be learnt from. -#}
{% macro first_landings(labels, events) -%}
select
        ends.label_to,
        min(landings.landed_at) as known_at
    from (select distinct label_to from {{ labels }}) as ends
    inner join (
        select distinct date_trunc('second', load_dts) as landed_at from {{ events }}
    ) as landings on ends.label_to <= landings.landed_at
    group by ends.label_to
{%- endmacro %}
