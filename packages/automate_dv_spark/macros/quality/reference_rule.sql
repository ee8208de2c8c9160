{#- The rows whose column has a value that the parent lacks. -#}
{% macro reference_rule(model, key, column, parent) -%}
select
    '{{ column }} is missing from {{ parent.identifier }}' as problem,
    {{ automate_dv_spark.key_text(key, 'child') }} as hash_key,
    1 as row_count
from {{ model }} as child
left anti join {{ parent }} as parent on child.{{ column }} = parent.{{ column }}
where child.{{ column }} is not null
{%- endmacro %}
