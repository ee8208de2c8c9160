{#-
    One test per vault table, with the arguments of its loading macro: everything that must hold for the structure, read in
    one statement. The SQL is a union of one select per rule, each of (problem, hash_key, row_count): a failing row says which
    rule, how often, and for which hash key; no attribute leaves the table.
-#}
{% macro problems(model, key, unique=[], not_null=[], references={}, neighbours=none, conditions={}, rules=[]) -%}
    {%- set rules = rules | list -%}
    {%- set nulls = [] -%}
    {%- for column in automate_dv_spark.column_list(not_null) -%}
        {%- do nulls.append(column.alias ~ ' is null') -%}
    {%- endfor -%}
    {%- set all_conditions = {} -%}
    {%- if nulls -%}
        {%- do all_conditions.update({'a key or audit column is null': nulls | join(' or ')}) -%}
    {%- endif -%}
    {%- do all_conditions.update(conditions) -%}
    {%- if all_conditions -%}
        {%- do rules.append(automate_dv_spark.condition_rule(model, key, all_conditions)) -%}
    {%- endif -%}
    {%- for columns in unique -%}
        {%- do rules.append(automate_dv_spark.unique_rule(model, key, columns)) -%}
    {%- endfor -%}
    {%- for column, parent in references.items() -%}
        {%- do rules.append(automate_dv_spark.reference_rule(model, key, column, parent)) -%}
    {%- endfor -%}
    {%- if neighbours -%}
        {%- do rules.append(automate_dv_spark.neighbour_rule(model, key, neighbours)) -%}
    {%- endif -%}

{{ rules | join('\n\nunion all\n\n') }}
{%- endmacro %}
