{#-
    `src_pk` maps the hash key to the satellite's parent. With `late_rows` a row may repeat the row before it: that is so when
    the earlier of the two came later.
-#}
{% test sat_is_sound(model, src_pk, src_hashdiff, src_ldts, src_source, late_rows=false) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]],
    not_null=[src_pk | list, src_hashdiff, src_ldts, src_source], references=src_pk,
    neighbours=none if late_rows else {'hashdiff': src_hashdiff, 'ldts': src_ldts}
) }}
{% endtest %}
