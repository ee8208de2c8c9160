{#- The share of an amount for what is over of a period at a moment (period_elapsed), rounded to whole units, half away from zero. -#}
{% macro period_share(amount, period_start, period_end, until) -%}
round(
            {{ amount }} * cast({{ period_elapsed(period_start, period_end, until) }} as decimal(20))
            / {{ period_length(period_start, period_end) }}, 0
        )
{%- endmacro %}
