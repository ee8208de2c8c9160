{#- A missing argument stops the compilation with one sentence that names macro, argument and model. -#}
{% macro require_arguments(macro_name, arguments) -%}
    {%- if execute -%}
        {%- for name, value in arguments.items() if value is none or value == '' -%}
            {{ exceptions.raise_compiler_error(
                macro_name ~ ': the argument ' ~ name ~ ' is missing in model ' ~ model.name
                ~ '. Required are ' ~ arguments | join(', ') ~ '.'
            ) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- Strings, lists, {source_column, alias} mappings and none, flattened to a list of {source_column, alias}. -#}
{% macro column_list(columns) -%}
    {%- set flat = [] -%}
    {%- if columns is none or columns == '' -%}
    {%- elif columns is string -%}
        {%- do flat.append({'source_column': columns, 'alias': columns}) -%}
    {%- elif columns is mapping -%}
        {%- do flat.append({'source_column': columns.source_column, 'alias': columns.alias or columns.source_column}) -%}
    {%- else -%}
        {%- for column in columns -%}
            {%- do flat.extend(automate_dv_spark.column_list(column)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(flat) -}}
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
{% macro keys_equal(columns, left, right) -%}
    {%- set items = [] -%}
    {%- for name in automate_dv_spark.names(columns) -%}
        {%- do items.append(left ~ '.' ~ name ~ ' = ' ~ right ~ '.' ~ name) -%}
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


{#- A 64-bit fingerprint of a key: what is broadcast is 8 bytes a key, and every later step compares the key itself. -#}
{% macro key_fingerprint(columns, prefix) -%}
xxhash64({{ automate_dv_spark.names(columns, prefix) | join(', ') }})
{%- endmacro %}


{#- One relation, or several with the columns that they share, as the CTE `staged`. -#}
{% macro staged(source_model, columns, where) -%}
    {%- set models = [source_model] if source_model is string else source_model -%}
    {%- for name in models %}
    select
        {{ automate_dv_spark.select_list(columns) }}
    from {{ ref(name) }}
    where {{ where }}
    {%- if not loop.last %}

    union all
    {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Rows of the target for keys that are staged, found by a broadcast of fingerprints: the target is not shuffled. -#}
{% macro target_of_staged_keys(src_pk, columns) -%}
    select
        {{ automate_dv_spark.names(columns, 'target') | join(',\n        ') }}
    from {{ this }} as target
    left semi join (
        select /*+ broadcast */ distinct {{ automate_dv_spark.key_fingerprint(src_pk, 'staged') }} as fingerprint
        from staged
    ) as staged_keys
        on {{ automate_dv_spark.key_fingerprint(src_pk, 'target') }} = staged_keys.fingerprint
{%- endmacro %}
