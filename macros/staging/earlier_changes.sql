{#-
    Changes of a feed under the key by which later changes may look for them: their own, and the one that it was changed to.
    A key that was changed twice is followed back once.
-#}
{% macro earlier_changes(changes, keys) -%}
(
            select
                {{ keys | join(', ') }},
                * except ({{ keys | join(', ') }})
            from {{ changes }}
            union all
            select
                new.{{ keys | join(', new.') }},
                old.* except ({{ keys | join(', ') }})
            from {{ changes }} as new
            inner join {{ changes }} as old
                on {% for name in keys %}old.{{ name }} = get_json_object(new.change_old_key, '$.{{ name }}')
                    and {% endfor %}old.change_lsn < new.change_lsn
        )
{%- endmacro %}
