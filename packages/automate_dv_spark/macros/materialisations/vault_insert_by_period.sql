{% materialization vault_insert_by_period, adapter='spark' -%}
    {%- set timestamp_field = automate_dv_spark.required_setting('vault_insert_by_period', 'timestamp_field') -%}
    {%- set period = automate_dv_spark.setting('period', 'day') | lower -%}
    {%- if period not in ['microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', 'period is microsecond, millisecond, second, minute, hour, day, week, month, quarter or year. Got: ' ~ period
        ) }}
    {%- endif -%}
    {%- set timestamp_field = automate_dv_spark.field_sql(timestamp_field) -%}
    {%- set limits = automate_dv_spark.period_range(timestamp_field) -%}
    {{ return(automate_dv_spark.materialise_in_steps(
        '__PERIOD_FILTER__', automate_dv_spark.period_filters(timestamp_field, period, limits)
    )) }}
{%- endmaterialization %}
