{% test hub_is_sound(model, src_pk, src_nk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], [src_nk]], not_null=[src_pk, src_nk, src_ldts, src_source]
) }}
{% endtest %}
