{#- `src_fk` maps each foreign key to its hub. -#}
{% test link_is_sound(model, src_pk, src_fk, src_ldts, src_source, src_cdk=[]) %}
{%- set identifying = (src_fk | list) + src_cdk -%}
{{ automate_dv_spark.problems(
    model, key=[src_pk], unique=[[src_pk], identifying], not_null=[src_pk, identifying, src_ldts, src_source],
    references=src_fk
) }}
{% endtest %}
