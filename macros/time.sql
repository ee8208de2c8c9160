{% macro beginning_of_time() -%}
timestamp'1900-01-01 00:00:00'
{%- endmacro %}


{% macro end_of_time() -%}
timestamp'9999-12-31 00:00:00'
{%- endmacro %}


{#- The first version of a key is valid from the beginning of time, so that an earlier event meets it too. -#}
{% macro valid_from(applied_dts) -%}
if({{ applied_dts }} = first_known_at, {{ beginning_of_time() }}, {{ applied_dts }})
{%- endmacro %}


{% macro version_key(hash_key, applied_dts=none) -%}
    {%- set start = valid_from(applied_dts) if applied_dts else beginning_of_time() -%}
upper(md5(concat_ws('||', {{ hash_key }}, date_format({{ start }}, 'yyyy-MM-dd HH:mm:ss.SSSSSS'))))
{%- endmacro %}


{#- The key that every dimension has for "unknown": the zero key. -#}
{% macro unknown_key() -%}
'00000000000000000000000000000000'
{%- endmacro %}


{#-
    Left join to the version of a dimension that was valid when the event happened. The caller selects
    coalesce(<dimension>.<entity>_sk, unknown_key()).
-#}
{% macro join_version(dimension, key, event, event_at) -%}
left join {{ dimension }}
        on {{ event }}.{{ key }} = {{ dimension }}.{{ key }}
            and {{ event_at }} >= {{ dimension }}.valid_from
            and {{ event_at }} < {{ dimension }}.valid_to
{%- endmacro %}


{#- The rows of a snapshot as they are known now, or as they were known at var('as_known_at'). -#}
{% macro as_known(snapshot) -%}
select * from {{ snapshot }}
    where dbt_valid_from <= timestamp'{{ var("as_known_at") }}' and dbt_valid_to > timestamp'{{ var("as_known_at") }}'
{%- endmacro %}


{#- The moment against which age is measured: var('now'), or the wall clock where it is empty. -#}
{% macro now() -%}
{{ "timestamp'" ~ var('now') ~ "'" if var('now') else 'current_timestamp()' }}
{%- endmacro %}


{#- dbt's own asks the wall clock; a sample that ends in 2018 would always be late. -#}
{% macro spark__collect_freshness(source, loaded_at_field, filter) -%}
    {%- call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        select
            max({{ loaded_at_field }}) as max_loaded_at,
            {{ now() }} as snapshotted_at
        from {{ source }}
        {{ 'where ' ~ filter if filter }}
    {%- endcall -%}
    {{ return(load_result('collect_freshness')) }}
{%- endmacro %}
