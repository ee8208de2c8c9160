{% macro spark__null_ghost(data_type=none, alias=none) -%}
    cast(null as {{ data_type }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}
