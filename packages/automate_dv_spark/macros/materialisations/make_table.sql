{#- create_table_as applies the contract and the table properties; constraints are added after the rows. -#}
{% macro make_table(target_relation, existing, sql) -%}
    {%- do automate_dv_spark.schema_change_rule() -%}
    {%- if existing is not none and existing.type != 'table' -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, sql) }}
    {%- endcall -%}
    {%- do persist_constraints(target_relation, model) -%}
{%- endmacro %}
