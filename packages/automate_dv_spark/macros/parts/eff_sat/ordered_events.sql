{#-
    CTE changes: the events of a driving key in order of (effective time, load time). Of successive events of one
    relationship the first opens it and closes the relationship before. An event that carries an end closes its own
    relationship at the effective time.
-#}
{% macro ordered_events(c) -%}
{{ automate_dv_spark.effectivity_rows(c) }}

{{ automate_dv_spark.events_beside_state(c) }}

{{ automate_dv_spark.stored_and_new_events(c) }}

{{ automate_dv_spark.relevant_events(c) }}

{{ automate_dv_spark.effective_events(c) }}

{{ automate_dv_spark.ordered_changes(c) }}
{%- endmacro %}
