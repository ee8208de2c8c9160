{% test rts_is_sound(model, src_pk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=src_pk | list, unique=[[src_pk | list, src_ldts]], not_null=[src_pk | list, src_ldts, src_source],
    references=src_pk
) }}
{% endtest %}
