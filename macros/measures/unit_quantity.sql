{#- Fuel is sold by volume: its quantity holds 98.8 % of all quantity and would drown every count of units. -#}
{% macro unit_quantity(quantity, product_type) -%}
if({{ product_type }} like 'GASOLINE%', null, {{ quantity }})
{%- endmacro %}
