{#- AutomateDV's parts of a stage, for models that call them one by one. -#}
{% macro spark__derive_columns(source_relation=none, columns=none) -%}
    {%- if columns is not mapping -%}
        {{ automate_dv_spark.argument_error('derive_columns', 'columns are a mapping {name: value}. Got: ' ~ columns) }}
    {%- endif -%}
    {%- set known = {} -%}
    {%- for column in (automate_dv_spark.relation_columns(source_relation) if source_relation else []) -%}
        {%- do known.update({column | lower: automate_dv_spark.quoted_name(column)}) -%}
    {%- endfor -%}
    {%- set expressions = automate_dv_spark.derived_expressions(columns, known) -%}
    {%- set own = [] -%}
    {%- for column in expressions -%}
        {%- do own.append(automate_dv_spark.plain_name(column) | lower) -%}
    {%- endfor -%}
    {%- set items = [] -%}
    {%- for name, column in known.items() if name not in own -%}
        {%- do items.append(column) -%}
    {%- endfor -%}
    {{- (items + [automate_dv_spark.expression_list(expressions)]) | join(',\n') -}}
{%- endmacro %}
