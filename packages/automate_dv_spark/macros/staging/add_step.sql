{#- Adds a step; its columns are those of the step before that it does not replace, then its own. -#}
{% macro add_step(steps, computed, name, expressions, known) -%}
    {%- set own = {} -%}
    {%- for column in expressions -%}
        {%- do own.update({automate_dv_spark.plain_name(column) | lower: column}) -%}
    {%- endfor -%}
    {%- set kept = [] -%}
    {%- for column in steps[-1].columns if automate_dv_spark.plain_name(column) | lower not in own -%}
        {%- do kept.append(column) -%}
    {%- endfor -%}
    {%- do steps.append({
        'name': name, 'kept': kept, 'expressions': expressions, 'columns': kept + expressions.keys() | list
    }) -%}
    {%- do computed.extend(expressions.keys()) -%}
    {%- do known.update(own) -%}
{%- endmacro %}
