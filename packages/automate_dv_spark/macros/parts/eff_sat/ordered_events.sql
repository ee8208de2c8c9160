{#-
    CTE changes, with auto end-dating and ordered_effectivity. All events of the staged driving keys, stored and staged, are
    applied in the order of their effective time. Of the periods that result, the rows that the table lacks are inserted. So
    the same events give the same periods, in however many loads they come.
-#}
{% macro ordered_events(c) -%}
{{ automate_dv_spark.effectivity_rows(c) }}

{{ automate_dv_spark.told_events(c) }}

{{ automate_dv_spark.effective_events(c) }}

{{ automate_dv_spark.rows_of_periods(c) }}
{%- endmacro %}
