{#-
    Reference table: distinct rows of keys that it does not hold yet; a row never changes. ref_table_unique_key takes one row per key: with a
    load time, a code that several deliveries bring would be there once for each.
-#}
{% macro spark__ref_table(src_pk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('ref_table', {'src_pk': src_pk, 'source_model': source_model}) -}}
    {{- automate_dv_spark.new_key_rows(
        src_pk, src_pk, src_extra_columns, src_ldts, src_source, source_model,
        one_per_key=automate_dv_spark.setting('ref_table_unique_key')
    ) -}}
{%- endmacro %}
