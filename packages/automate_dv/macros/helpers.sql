{% macro prefix(columns=none, prefix_str=none, alias_target='source') -%}
    {{- return(adapter.dispatch('prefix', 'automate_dv')(
        columns=columns, prefix_str=prefix_str, alias_target=alias_target
    )) -}}
{%- endmacro %}


{% macro alias(alias_config=none, prefix=none) -%}
    {{- return(adapter.dispatch('alias', 'automate_dv')(alias_config=alias_config, prefix=prefix)) -}}
{%- endmacro %}


{% macro alias_all(columns=none, prefix=none) -%}
    {{- return(adapter.dispatch('alias_all', 'automate_dv')(columns=columns, prefix=prefix)) -}}
{%- endmacro %}


{% macro multikey(columns=none, prefix=none, condition=none, operator='AND') -%}
    {{- return(adapter.dispatch('multikey', 'automate_dv')(
        columns=columns, prefix=prefix, condition=condition, operator=operator
    )) -}}
{%- endmacro %}


{% macro as_constant(column_str=none) -%}
    {{- return(adapter.dispatch('as_constant', 'automate_dv')(column_str=column_str)) -}}
{%- endmacro %}


{% macro escape_column_name(column=none) -%}
    {{- return(adapter.dispatch('escape_column_name', 'automate_dv')(column=column)) -}}
{%- endmacro %}


{% macro get_escape_characters() -%}
    {{- return(adapter.dispatch('get_escape_characters', 'automate_dv')()) -}}
{%- endmacro %}


{% macro concat_ws(string_list=none, separator='||') -%}
    {{- return(adapter.dispatch('concat_ws', 'automate_dv')(string_list=string_list, separator=separator)) -}}
{%- endmacro %}


{% macro type_string() -%}
    {{- return(adapter.dispatch('type_string', 'automate_dv')()) -}}
{%- endmacro %}


{% macro type_timestamp() -%}
    {{- return(adapter.dispatch('type_timestamp', 'automate_dv')()) -}}
{%- endmacro %}


{% macro type_binary(for_dbt_compare=false) -%}
    {{- return(adapter.dispatch('type_binary', 'automate_dv')(for_dbt_compare=for_dbt_compare)) -}}
{%- endmacro %}


{% macro cast_binary(column_str=none, alias=none, quote=true) -%}
    {{- return(adapter.dispatch('cast_binary', 'automate_dv')(column_str=column_str, alias=alias, quote=quote)) -}}
{%- endmacro %}


{% macro cast_datetime(column_str=none, as_string=false, alias=none, date_type=none) -%}
    {{- return(adapter.dispatch('cast_datetime', 'automate_dv')(
        column_str=column_str, as_string=as_string, alias=alias, date_type=date_type
    )) -}}
{%- endmacro %}


{% macro max_datetime() -%}
    {{- return(adapter.dispatch('max_datetime', 'automate_dv')()) -}}
{%- endmacro %}


{% macro dateadd(datepart=none, interval=none, from_date_or_timestamp=none) -%}
    {{- return(adapter.dispatch('dateadd', 'automate_dv')(
        datepart=datepart, interval=interval, from_date_or_timestamp=from_date_or_timestamp
    )) -}}
{%- endmacro %}


{% macro timestamp_add(datepart=none, interval=none, from_date_or_timestamp=none) -%}
    {{- return(adapter.dispatch('timestamp_add', 'automate_dv')(
        datepart=datepart, interval=interval, from_date_or_timestamp=from_date_or_timestamp
    )) -}}
{%- endmacro %}


{% macro create_ghost_record(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none,
                             src_eff=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- return(adapter.dispatch('create_ghost_record', 'automate_dv')(
        src_pk=src_pk, src_hashdiff=src_hashdiff, src_payload=src_payload, src_extra_columns=src_extra_columns,
        src_eff=src_eff, src_ldts=src_ldts, src_source=src_source, source_model=source_model
    )) -}}
{%- endmacro %}


{% macro binary_ghost(alias=none, hash='MD5') -%}
    {{- return(adapter.dispatch('binary_ghost', 'automate_dv')(alias=alias, hash=hash)) -}}
{%- endmacro %}


{% macro date_ghost(date_type=none, alias=none) -%}
    {{- return(adapter.dispatch('date_ghost', 'automate_dv')(date_type=date_type, alias=alias)) -}}
{%- endmacro %}


{% macro null_ghost(data_type=none, alias=none) -%}
    {{- return(adapter.dispatch('null_ghost', 'automate_dv')(data_type=data_type, alias=alias)) -}}
{%- endmacro %}


{% macro cast_date(column_str=none, as_string=false, datetime=false, alias=none, date_type=none) -%}
    {%- if datetime -%}
        {{- return(automate_dv.cast_datetime(column_str=column_str, as_string=as_string, alias=alias, date_type=date_type)) -}}
    {%- endif -%}
    {{- return(adapter.dispatch('cast_date', 'automate_dv')(column_str=column_str, as_string=as_string, alias=alias)) -}}
{%- endmacro %}


{#- The rest is not dispatched in AutomateDV either; models may call it. -#}

{% macro source_columns(source_relation=none) -%}
    {{- return(automate_dv_spark.relation_columns(source_relation)) -}}
{%- endmacro %}


{% macro expand_column_list(columns=none) -%}
    {{- return(automate_dv_spark.flat_list(columns)) -}}
{%- endmacro %}


{% macro escape_column_names(columns=none) -%}
    {{- return(automate_dv_spark.escaped_names(columns)) -}}
{%- endmacro %}


{% macro check_required_parameters() -%}
    {{- automate_dv_spark.require_arguments('model', kwargs) -}}
{%- endmacro %}


{% macro is_any_incremental() -%}
    {{- return(automate_dv_spark.adds_to_target()) -}}
{%- endmacro %}


{% macro config_meta_get(key, default=none) -%}
    {{- return(automate_dv_spark.setting(key, default)) -}}
{%- endmacro %}


{% macro config_meta_require(key) -%}
    {{- return(automate_dv_spark.required_setting('model', key)) -}}
{%- endmacro %}


{% macro is_list(obj, empty_is_false=false) -%}
    {{- return(
        obj is defined and obj is iterable and obj is not string and obj is not mapping and (not empty_is_false or obj | length > 0)
    ) -}}
{%- endmacro %}


{% macro is_something(obj) -%}
    {{- return(obj is defined and obj and true or false) -}}
{%- endmacro %}


{% macro is_nothing(obj) -%}
    {{- return(not automate_dv.is_something(obj)) -}}
{%- endmacro %}
