{#-
    One test per vault table, with the arguments of its loading macro: everything that must hold for the structure, read in
    one statement. A failing row says which rule, how often, and for which hash key; no attribute leaves the table.
-#}

{% test hub_is_sound(model, src_pk, src_nk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], [src_nk]], not_null=[src_pk, src_nk, src_ldts, src_source]
) }}
{% endtest %}


{#- `src_fk` maps each foreign key to its hub. -#}
{% test link_is_sound(model, src_pk, src_fk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], src_fk | list], not_null=[src_pk, src_fk | list, src_ldts, src_source],
    references=src_fk
) }}
{% endtest %}


{% test nh_link_is_sound(model, src_pk, src_fk, src_eff, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk]], not_null=[src_pk, src_fk | list, src_eff, src_ldts, src_source],
    references=src_fk
) }}
{% endtest %}


{#- `src_pk` maps the hash key to the satellite's parent. -#}
{% test sat_is_sound(model, src_pk, src_hashdiff, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]],
    not_null=[src_pk | list, src_hashdiff, src_ldts, src_source], references=src_pk,
    neighbours={'hashdiff': src_hashdiff, 'ldts': src_ldts}
) }}
{% endtest %}


{% test rts_is_sound(model, src_pk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]], not_null=[src_pk | list, src_ldts, src_source],
    references=src_pk
) }}
{% endtest %}
