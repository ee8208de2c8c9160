{% macro weekly_rate(amount, customers, weeks) -%}
try_divide(try_divide(cast(coalesce({{ amount }}, 0) as double), {{ customers }}), cast({{ weeks }} as double))
{%- endmacro %}
