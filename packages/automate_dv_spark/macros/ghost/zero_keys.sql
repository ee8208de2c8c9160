{#- Characters of the configured hash in hex: 32 for MD5, 40 for SHA1, 64 for SHA (256 bits). -#}
{% macro hash_length() -%}
    {%- set drill = var('hash_drill_length', none) -%}
    {{- return(drill or {'sha': 64, 'sha1': 40}.get(var('hash', 'MD5') | lower, 32)) -}}
{%- endmacro %}


{#- A hash key of one repeated hex digit, in the type that computed keys have. -#}
{% macro repeated_key(digit) -%}
{{ 'x' if var('enable_native_hashes', false) }}'{{ digit * automate_dv_spark.hash_length() }}'
{%- endmacro %}


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
