{#-
    One row that stands for "no row": keys and hashdiff all 0, attributes null, times 1900-01-01. It makes inner joins of a
    PIT with its satellites complete.
-#}
{% macro spark__create_ghost_record(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none,
                                    src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.ghost_select(
        automate_dv_spark.column_list(
            [src_pk, src_hashdiff, src_payload, src_extra_columns, src_eff, src_ldts, src_source]
        ),
        automate_dv_spark.column_list([src_pk, src_hashdiff]), automate_dv_spark.column_list([src_eff, src_ldts]),
        src_source, source_model
    ) -}}
{%- endmacro %}
