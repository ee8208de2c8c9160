{#-
    What dbt-databricks does differently from dbt-spark and AutomateDV's materialisations rely on: dates are added by the
    engine, and a temporary relation has a schema.
-#}

{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}


{% macro spark__make_temp_relation(base_relation, suffix) %}
    {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix}, type='view')) }}
{% endmacro %}


{% macro spark__create_temporary_view(relation, compiled_code) -%}
    create or replace view {{ relation }} as
    {{ compiled_code }}
{%- endmacro %}
