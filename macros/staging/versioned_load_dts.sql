{#-
    A change feed may hold several versions of a key in one delivery. The landing time plus (rank - 1) microseconds keeps
    (hash key, load_dts) unique in the satellite and the order of the versions. Of two rows with one time, the last in the file is
    the newer one; rows of an earlier release have no number, and their hash decides.
-#}
{% macro versioned_load_dts(key, order_by) -%}
timestampadd(
        microsecond,
        row_number() over (partition by load_id, {{ key }} order by {{ order_by }}, file_name, record_number, record_hash) - 1,
        load_dts
    )
{%- endmacro %}
