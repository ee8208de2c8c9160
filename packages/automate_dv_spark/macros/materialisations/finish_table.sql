{% macro finish_table(target_relation, existing) -%}
    {%- do apply_grants(
        target_relation, config.get('grants'), should_revoke(existing, full_refresh_mode=automate_dv_spark.is_rebuilt(existing))
    ) -%}
    {%- do persist_docs(target_relation, model) -%}
{%- endmacro %}
