{#-
    Per key, and load if that is asked for, its set: the number of pairs and two xors of their 64-bit fingerprints, found by
    two fingerprints of the key. All are fixed-width, so that sets are grouped without a sort, and whole rows are read for
    changed keys alone. The pairs are made distinct first, since two equal ones would cancel each other in the xor. One
    shuffle, by key, serves all groupings.
-#}
{% macro set_prints(relation, pk, load, pair, child_keys, empty_sets) -%}
    {%- set group_by = ['key_print', 'second_key_print'] + load -%}
    {%- set is_member = 'not (' ~ automate_dv_spark.all_null(child_keys) ~ ')' if empty_sets else 'true' %}
    select
        {{ group_by | join(',\n        ') }},
        count(one_print) as pair_count,
        coalesce(bit_xor(one_print), 0) as one_print,
        coalesce(bit_xor(other_print), 0) as other_print
    from (
        select distinct *
        from (
            select
                {{ automate_dv_spark.fingerprint(pk) }} as key_print,
                {{ automate_dv_spark.second_fingerprint(pk) }} as second_key_print,
                {%- for name in load %}
                {{ name }},
                {%- endfor %}
                if({{ is_member }}, {{ automate_dv_spark.fingerprint(pair) }}, null) as one_print,
                if({{ is_member }}, {{ automate_dv_spark.second_fingerprint(pair) }}, null) as other_print
            from {{ relation }}
            distribute by key_print, second_key_print
        ) as pairs
    ) as distinct_pairs
    group by {{ group_by | join(', ') }}
{%- endmacro %}
