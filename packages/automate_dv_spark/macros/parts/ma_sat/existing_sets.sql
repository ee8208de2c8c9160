{#- CTEs existing and existing_sets: the stored rows of the staged keys, and their sets by load. -#}
{% macro existing_sets(pk, others, load, of_set) -%}
existing as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk + others, few_rows_per_key=true) }}

),

existing_sets as (

{{ automate_dv_spark.set_prints('existing', pk, [load], **of_set) }}

),
{%- endmacro %}
