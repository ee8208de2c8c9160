{% materialization pit_incremental, adapter='spark' -%}
    {{ return(automate_dv_spark.materialise_as_of()) }}
{%- endmaterialization %}
