{#- CTE changing: staged rows that open or reopen their relationship, and stored rows that are closed. -#}
{% macro changing_rows(c) -%}
changing as (

    select * from (
        select
            *,
            {%- if c.auto %}
            is_closable and {{ '(has_none or not is_staged_as_it_is)' if c.null_ends else 'not is_staged_as_it_is' }} as is_closed,
            {%- endif %}
            is_event and not is_none and (
                not is_stored
                or ({{ automate_dv_spark.is_open(c.end) }} and not {{ automate_dv_spark.is_open('stored_end') }})
            ) as is_opened
        from judged
    ) as all_rows
    where is_opened or is_closed

),
{%- endmacro %}
