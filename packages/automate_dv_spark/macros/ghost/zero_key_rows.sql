{#-
    The two members that every hub and link may have: unknown (all 0) and erroneous (all F). A date literal as load time
    takes the type of the other rows' column.
-#}
{% macro zero_key_rows(columns, hash_keys, ldts, source, adds) -%}
    {%- set pk = automate_dv_spark.names(hash_keys)[0] -%}
    {%- for digit in ['0', 'F'] %}

    union all

    select
        {%- for column in columns %}
        {%- if column in hash_keys %}
        {{ automate_dv_spark.repeated_key(digit) }} as {{ column.alias }}
        {%- elif column in ldts %}
        date'1900-01-01' as {{ column.alias }}
        {%- elif column in source %}
        '{{ var('system_record_value', 'AUTOMATE_DV_SYSTEM') }}' as {{ column.alias }}
        {%- else %}
        null as {{ column.alias }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- if adds %}
    where not exists (select 1 from {{ this }} where {{ pk }} = {{ automate_dv_spark.repeated_key(digit) }})
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
