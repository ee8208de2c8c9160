{#-
    Every large value that a change left out, since it had not changed, is in an earlier change of its key, or of the key that
    it had. Else the connector began without a snapshot, and nobody knows the value: begin again with one.
-#}
{% test large_values_are_known(model, key, column) %}
select
    later.{{ key }},
    later.change_lsn
from {{ model }} as later
left anti join {{ earlier_changes(model, [key]) }} as earlier
    on later.{{ key }} = earlier.{{ key }}
        and earlier.change_lsn < later.change_lsn
        and earlier.{{ column }} is distinct from {{ unavailable_value() }}
where later.{{ column }} = {{ unavailable_value() }}
{% endtest %}
