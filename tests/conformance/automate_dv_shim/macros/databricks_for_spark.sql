{#-
    AutomateDV itself on the adapter `spark`, so that the suite can be run against the original: each macro that it has for
    Databricks is passed through under the name that dbt looks for. It has no SQL for Spark of its own.
-#}

{% macro spark__cast_date() %}{{ return(automate_dv.databricks__cast_date(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__cast_datetime() %}{{ return(automate_dv.databricks__cast_datetime(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__concat_ws() %}{{ return(automate_dv.databricks__concat_ws(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__get_escape_characters() %}{{ return(automate_dv.databricks__get_escape_characters()) }}{% endmacro %}
{% macro spark__type_binary() %}{{ return(automate_dv.databricks__type_binary(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__type_string() %}{{ return(automate_dv.databricks__type_string()) }}{% endmacro %}

{% macro spark__hash() %}{{ return(automate_dv.databricks__hash(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__hash_alg_md5() %}{{ return(automate_dv.databricks__hash_alg_md5()) }}{% endmacro %}
{% macro spark__hash_alg_sha1() %}{{ return(automate_dv.databricks__hash_alg_sha1()) }}{% endmacro %}
{% macro spark__hash_alg_sha256() %}{{ return(automate_dv.databricks__hash_alg_sha256()) }}{% endmacro %}
{% macro spark__standard_column_wrapper() %}{{ return(automate_dv.databricks__standard_column_wrapper(*varargs, **kwargs)) }}{% endmacro %}

{% macro spark__hub() %}{{ return(automate_dv.databricks__hub(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__link() %}{{ return(automate_dv.databricks__link(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__nh_link() %}{{ return(automate_dv.databricks__nh_link(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__sat() %}{{ return(automate_dv.databricks__sat(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__eff_sat() %}{{ return(automate_dv.databricks__eff_sat(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__ma_sat() %}{{ return(automate_dv.databricks__ma_sat(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__xts() %}{{ return(automate_dv.databricks__xts(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__pit() %}{{ return(automate_dv.databricks__pit(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__bridge() %}{{ return(automate_dv.databricks__bridge(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__ref_table() %}{{ return(automate_dv.databricks__ref_table(*varargs, **kwargs)) }}{% endmacro %}

{% macro spark__incremental_pit_replace() %}{{ return(automate_dv.databricks__incremental_pit_replace(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__incremental_bridge_replace() %}{{ return(automate_dv.databricks__incremental_bridge_replace(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__get_period_boundaries() %}{{ return(automate_dv.databricks__get_period_boundaries(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__get_period_of_load() %}{{ return(automate_dv.databricks__get_period_of_load(*varargs, **kwargs)) }}{% endmacro %}
{% macro spark__log_relation_sources() %}{{ return(automate_dv.databricks__log_relation_sources(*varargs, **kwargs)) }}{% endmacro %}
