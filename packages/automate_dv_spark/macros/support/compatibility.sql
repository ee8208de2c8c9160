{#-
    AutomateDV's dispatched helpers on Spark. Three of them (cast_date, cast_datetime, get_escape_characters) have no default
    there: without these, dbt stops while parsing.
-#}

{% macro spark__get_escape_characters() -%}
    {{- return(('`', '`')) -}}
{%- endmacro %}


{% macro spark__escape_column_name(column) -%}
    {%- if column[:1] == "'" and column[-1:] == "'" -%}
        {{- return(column) -}}
    {%- endif -%}
    {%- set left = var('escape_char_left', '`') or '`' -%}
    {%- set right = var('escape_char_right', '`') or '`' -%}
    {{- return(left ~ (column | replace(left, '') | replace(right, '') | trim) ~ right) -}}
{%- endmacro %}


{% macro spark__as_constant(column_str) -%}
    {%- if not column_str or column_str is not string -%}
        {{ automate_dv_spark.argument_error('as_constant', 'a column name or !constant is needed. Got: ' ~ column_str) }}
    {%- endif -%}
    {{- return("'" ~ column_str[1:] ~ "'" if column_str[:1] == '!' else column_str) -}}
{%- endmacro %}


{% macro spark__concat_ws(string_list, separator='||') -%}
concat_ws('{{ separator }}', {{ string_list | join(', ') }})
{%- endmacro %}


{% macro spark__type_string() -%}
string
{%- endmacro %}


{% macro spark__type_binary(for_dbt_compare=false) -%}
{{ 'binary' if var('enable_native_hashes', false) else 'string' }}
{%- endmacro %}


{% macro spark__type_timestamp() -%}
timestamp
{%- endmacro %}


{% macro spark__cast_binary(column_str, alias=none, quote=true) -%}
cast({{ "'" ~ column_str ~ "'" if quote else column_str }} as {{ automate_dv_spark.spark__type_binary() }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}


{% macro spark__cast_date(column_str, as_string=false, alias=none) -%}
to_date({{ "'" ~ column_str ~ "'" if as_string else column_str }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}


{% macro spark__cast_datetime(column_str, as_string=false, alias=none, date_type=none) -%}
to_timestamp({{ "'" ~ column_str ~ "'" if as_string else column_str }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}


{#- Exact to the microsecond; dbt-spark's own casts to whole seconds. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}


{#- The last microsecond of the period that begins at a moment. -#}
{% macro spark__timestamp_add(datepart, interval, from_date_or_timestamp) -%}
timestampadd(microsecond, -1, timestampadd({{ datepart }}, 1, {{ from_date_or_timestamp }}))
{%- endmacro %}


{#- `a.column, ...`; of {source_column, alias} the one that alias_target names. A column given twice is taken once. -#}
{% macro spark__prefix(columns=none, prefix_str=none, alias_target='source') -%}
    {%- if not columns or not prefix_str -%}
        {{ automate_dv_spark.argument_error('prefix', 'columns and prefix_str are needed.') }}
    {%- endif -%}
    {%- set items = [] -%}
    {%- for column in automate_dv_spark.column_list(columns, quote=false) -%}
        {%- set name = column.alias if alias_target == 'target' else column.source_column -%}
        {%- do items.append(prefix_str ~ '.' ~ name | trim) -%}
    {%- endfor -%}
    {{- items | unique | join(', ') -}}
{%- endmacro %}


{% macro spark__alias(alias_config=none, prefix=none) -%}
    {%- if not alias_config -%}
        {{ automate_dv_spark.argument_error('alias', 'a column or {source_column, alias} is needed. Got: ' ~ alias_config) }}
    {%- endif -%}
    {{- automate_dv_spark.select_list(automate_dv_spark.column_list(alias_config, quote=false), prefix or '') -}}
{%- endmacro %}


{% macro spark__alias_all(columns=none, prefix=none) -%}
    {%- if columns is undefined or columns is none -%}
        {{ automate_dv_spark.argument_error('alias_all', 'a column or a list of columns is needed.') }}
    {%- endif -%}
    {{- automate_dv_spark.select_list(automate_dv_spark.column_list(columns, quote=false), prefix or '', ', ') -}}
{%- endmacro %}


{#- A condition over one or several key columns: `a.x = b.x and ...` with two prefixes, `a.x is not null and ...` with one. -#}
{% macro spark__multikey(columns, prefix=none, condition=none, operator='AND') -%}
    {%- set prefixes = [prefix] if prefix is string else prefix or [] -%}
    {%- set items = [] -%}
    {%- for column in automate_dv_spark.column_list(columns, quote=false) -%}
        {%- set left = (prefixes[0] ~ '.' if prefixes else '') ~ column.source_column -%}
        {%- if condition in ['=', '<>', '!='] and prefixes | length > 1 -%}
            {%- set left = prefixes[0] ~ '.' ~ column.alias -%}
            {%- do items.append(left ~ ' ' ~ condition ~ ' ' ~ prefixes[1] ~ '.' ~ column.source_column) -%}
        {%- else -%}
            {%- do items.append((left ~ ' ' ~ (condition or '')) | trim) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- items | join(' ' ~ operator ~ ' ') -}}
{%- endmacro %}


{% macro spark__max_datetime() -%}
    {{- return(var('max_datetime', '9999-12-31 23:59:59.999999')) -}}
{%- endmacro %}


{#- A list of lists flattened by one level; mappings stay, nulls go. -#}
{% macro flat_list(columns=none) -%}
    {%- set flat = [] -%}
    {%- for column in columns or [] if column is defined and column is not none -%}
        {%- if column is string or column is mapping -%}
            {%- do flat.append(column) -%}
        {%- else -%}
            {%- do flat.extend(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(flat) -}}
{%- endmacro %}


{% macro escaped_names(columns=none) -%}
    {%- if columns == '' -%}
        {{ automate_dv_spark.argument_error('escape_column_names', 'a column or a list of columns is needed. Got an empty string.') }}
    {%- elif columns is string -%}
        {{- return(automate_dv_spark.spark__escape_column_name(columns)) -}}
    {%- elif columns is mapping and columns -%}
        {{- return({
            'source_column': automate_dv_spark.spark__escape_column_name(columns.source_column),
            'alias': automate_dv_spark.spark__escape_column_name(columns.alias)
        }) -}}
    {%- elif not columns -%}
        {{- return(columns) -}}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for column in automate_dv_spark.flat_list(columns) -%}
        {%- do names.append(automate_dv_spark.spark__escape_column_name(column)) -%}
    {%- endfor -%}
    {{- return(names) -}}
{%- endmacro %}
