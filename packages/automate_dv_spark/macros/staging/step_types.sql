{#- Types of the columns that the last step has, by lower-case name. -#}
{% macro step_types(relation, steps) -%}
    {%- set types = {} -%}
    {%- if execute -%}
        {%- set described = run_query(
            'describe query ' ~ automate_dv_spark.step_sql(automate_dv_spark.stored_relation(relation), steps) ~ '\nselect * from ' ~ steps[-1].name
        ) -%}
        {%- for row in described.rows -%}
            {%- do types.update({row[0] | lower: row[1] | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(types) -}}
{%- endmacro %}
