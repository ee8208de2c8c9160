{#-
    Text as a decimal, null where it does not fit exactly: the reader has listed it in rescued_data, and rounding would invent
    an amount. No decimal is wider than 38 digits, so there the text itself says whether more follow.
-#}
{% macro exact_decimal(text, precision, scale) -%}
    {%- set narrow = 'try_cast(' ~ text ~ ' as decimal(' ~ precision ~ ', ' ~ scale ~ '))' -%}
    {%- set wide = 'try_cast(' ~ text ~ ' as decimal(38, ' ~ (38 - precision + scale) ~ '))' -%}
    {%- set more_digits = text ~ " rlike '[.][0-9]{" ~ scale ~ "}[0-9]*[1-9]'" -%}
if({{ narrow }} = {{ wide }}{{ ' and not ' ~ more_digits if precision == 38 }}, {{ narrow }}, null)
{%- endmacro %}
