{#- A satellite row must differ from the row before it; two equal neighbours mean that a load repeated a change. -#}
{% test no_equal_neighbours(model, src_pk, src_hashdiff, src_ldts) %}

select *
from (
    select
        {{ src_pk }},
        {{ src_ldts }},
        {{ src_hashdiff }},
        lag({{ src_hashdiff }}) over (partition by {{ src_pk }} order by {{ src_ldts }}) as previous_hashdiff
    from {{ model }}
) as neighbours
where {{ src_hashdiff }} = previous_hashdiff

{% endtest %}
