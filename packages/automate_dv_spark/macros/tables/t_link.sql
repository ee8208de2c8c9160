{#- AutomateDV's older name. -#}
{% macro spark__t_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                       src_source=none, source_model=none) -%}
    {{- automate_dv_spark.spark__nh_link(
        src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}
