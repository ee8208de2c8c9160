{#- Fuel is sold by volume: its quantity holds 98.8 % of all quantity and would drown every count of units. -#}
{% macro unit_quantity(quantity, product_type) -%}
if({{ product_type }} like 'GASOLINE%', null, {{ quantity }})
{%- endmacro %}


{% macro weekly_rate(amount, customers, weeks) -%}
try_divide(try_divide(cast(coalesce({{ amount }}, 0) as double), {{ customers }}), cast({{ weeks }} as double))
{%- endmacro %}
