{#- An amount in minor units as an amount of the currency: 1234 cents are 12.34. `digits` are those behind the point, 0 for the yen. -#}
{% macro major_amount(minor, digits) -%}
cast({{ minor }} / cast(power(10, {{ digits }}) as decimal(9)) as decimal(18, 2))
{%- endmacro %}
