{#- Stops with one sentence that names macro, argument and model. -#}
{% macro argument_error(macro_name, message) -%}
    {{ exceptions.raise_compiler_error(macro_name ~ ' in model ' ~ model.name ~ ': ' ~ message) }}
{%- endmacro %}


{% macro require_arguments(macro_name, arguments) -%}
    {#- A satellite may have no attributes; every other list needs something in it. -#}
    {%- for name, value in arguments.items() if value in [none, '', {}] or (value == [] and name != 'src_payload') -%}
        {{ automate_dv_spark.argument_error(
            macro_name, 'the argument ' ~ name ~ ' is missing. Required are ' ~ arguments | join(', ') ~ '.'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{#- A setting of the model (config or meta), else the variable of that name. -#}
{% macro setting(name, default=false) -%}
    {%- set value = config.get(name, none) -%}
    {%- if value is none -%}
        {%- set value = (config.get('meta', none) or {}).get(name, none) -%}
    {%- endif -%}
    {{- return(var(name, default) if value is none else value) -}}
{%- endmacro %}


{#- Strings, lists, {source_column, alias} mappings and none, flattened to a list of {source_column, alias}. -#}
{% macro column_list(columns) -%}
    {%- set flat = [] -%}
    {%- if columns is none or columns == '' -%}
    {%- elif columns is string -%}
        {%- do flat.append({'source_column': columns, 'alias': columns}) -%}
    {%- elif columns is mapping -%}
        {%- if not columns.source_column or not columns.alias -%}
            {{ automate_dv_spark.argument_error('column', 'a mapping needs source_column and alias. Got: ' ~ columns) }}
        {%- endif -%}
        {%- do flat.append({'source_column': columns.source_column, 'alias': columns.alias}) -%}
    {%- else -%}
        {%- for column in columns -%}
            {%- do flat.extend(automate_dv_spark.column_list(column)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(flat) -}}
{%- endmacro %}


{#- Columns of a payload: listed, or all of the source model but those excluded and those that are keys or audit columns. -#}
{% macro payload_list(src_payload, source_model, others) -%}
    {%- if src_payload is not mapping or not src_payload.exclude_columns -%}
        {{- return(automate_dv_spark.column_list(src_payload.columns if src_payload is mapping else src_payload)) -}}
    {%- endif -%}
    {%- set left_out = src_payload.columns | default([], true) | map('lower') | list -%}
    {%- for column in automate_dv_spark.column_list(others) -%}
        {%- do left_out.append(column.source_column | lower) -%}
    {%- endfor -%}
    {%- set kept = [] -%}
    {%- for name in automate_dv_spark.relation_columns(ref(automate_dv_spark.first_stage(source_model))) if name | lower not in left_out -%}
        {%- do kept.append(name) -%}
    {%- endfor -%}
    {{- return(automate_dv_spark.column_list(kept)) -}}
{%- endmacro %}


{#- Column names of a relation; none while parsing, and none of a relation that does not exist. -#}
{% macro relation_columns(relation) -%}
    {{- return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list if execute else []) -}}
{%- endmacro %}


{#- `source as alias, ...` of a column list, each with the prefix of its relation. -#}
{% macro select_list(columns, prefix='', separator=',\n        ') -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- set source = (prefix ~ '.' if prefix else '') ~ column.source_column -%}
        {%- do items.append(source if column.source_column == column.alias else source ~ ' as ' ~ column.alias) -%}
    {%- endfor -%}
    {{- items | join(separator) -}}
{%- endmacro %}


{% macro names(columns, prefix='') -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- do items.append((prefix ~ '.' if prefix else '') ~ column.alias) -%}
    {%- endfor -%}
    {{- return(items) -}}
{%- endmacro %}


{#- `a.x = b.x and ...` over the key columns of two relations. -#}
{% macro keys_equal(columns, left, right, operator='=') -%}
    {%- set items = [] -%}
    {%- for name in automate_dv_spark.names(columns) -%}
        {%- do items.append(left ~ '.' ~ name ~ ' ' ~ operator ~ ' ' ~ right ~ '.' ~ name) -%}
    {%- endfor -%}
    {{- items | join(' and ') -}}
{%- endmacro %}


{% macro all_not_null(columns) -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- do items.append(column.source_column ~ ' is not null') -%}
    {%- endfor -%}
    {{- items | join(' and ') -}}
{%- endmacro %}
