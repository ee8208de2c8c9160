{#- The placeholder that a period or rank materialisation replaces; it restricts every read of a stage. -#}
{% macro batch_filter() -%}
    {%- if model.config.materialized == 'vault_insert_by_period' %} and __PERIOD_FILTER__
    {%- elif model.config.materialized == 'vault_insert_by_rank' %} and __RANK_FILTER__
    {%- endif -%}
{%- endmacro %}
