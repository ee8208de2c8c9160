{#-
    Left join to the version of a dimension that was valid when the event happened. The caller selects
    coalesce(<dimension>.<entity>_sk, unknown_key()).
-#}
{% macro join_version(dimension, key, event, event_at) -%}
left join {{ dimension }}
        on {{ event }}.{{ key }} = {{ dimension }}.{{ key }}
            and {{ event_at }} >= {{ dimension }}.valid_from
            and {{ event_at }} < {{ dimension }}.valid_to
{%- endmacro %}
