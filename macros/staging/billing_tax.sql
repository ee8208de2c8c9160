{#- The taxes on a line, in minor units: `taxes` in the recent version of the API, `tax_amounts` in the older one; all, or those that the amount includes. -#}
{% macro billing_tax(line, is_inclusive=false) -%}
{%- set recent, older = line ~ '.taxes', line ~ '.tax_amounts' -%}
{%- if is_inclusive -%}
    {%- set recent = 'filter(' ~ recent ~ ", each -> each.tax_behavior = 'inclusive')" -%}
    {%- set older = 'filter(' ~ older ~ ', each -> each.inclusive)' -%}
{%- endif -%}
coalesce(aggregate({{ recent }}, 0L, (total, each) -> total + each.amount), 0)
        + coalesce(aggregate({{ older }}, 0L, (total, each) -> total + each.amount), 0)
{%- endmacro %}
