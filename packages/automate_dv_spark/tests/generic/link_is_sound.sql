{#- `src_fk` maps each foreign key to its hub. -#}
{% test link_is_sound(model, src_pk, src_fk, src_ldts, src_source) %}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], src_fk | list], not_null=[src_pk, src_fk | list, src_ldts, src_source],
    references=src_fk
) }}
{% endtest %}
