{#- Stops with one sentence that names macro, argument and model. -#}
{% macro argument_error(macro_name, message) -%}
    {{ exceptions.raise_compiler_error(macro_name ~ ' in model ' ~ model.name ~ ': ' ~ message) }}
{%- endmacro %}


{% macro require_arguments(macro_name, arguments) -%}
    {#- A satellite may have no attributes; every other list needs something in it. -#}
    {%- for name, value in arguments.items()
        if automate_dv_spark.is_missing(value) and not (value == [] and name == 'src_payload') -%}
        {{ automate_dv_spark.argument_error(
            macro_name, 'the argument ' ~ name ~ ' is missing. Required are ' ~ arguments | join(', ') ~ '.'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{#- What AutomateDV takes for "not given": none, undefined, an empty string, list or mapping. -#}
{% macro is_missing(value) -%}
    {{- return(value is undefined or value is none or value in ['', [], {}]) -}}
{%- endmacro %}


{#- A setting of the model (config or meta), else the variable of that name, else what automate_dv_spark_rules says. -#}
{% macro setting(name, default=false) -%}
    {%- set value = config.get(name, none) -%}
    {%- if value is none -%}
        {%- set value = (config.get('meta', none) or {}).get(name, none) -%}
    {%- endif -%}
    {%- if value is none -%}
        {%- set value = var(name, none) -%}
    {%- endif -%}
    {%- if value is none -%}
        {%- set value = true if name in automate_dv_spark.safe_rules() else default -%}
    {%- endif -%}
    {{- return(value) -}}
{%- endmacro %}


{#-
    The rules that automate_dv_spark_rules: safe switches on: those that keep rows apart that belong apart and make a load that
    comes again add nothing. What changes hashes is not among them: that has to be decided before the first load.
-#}
{% macro safe_rules() -%}
    {%- set rules = var('automate_dv_spark_rules', 'automate_dv') -%}
    {%- if rules not in ['safe', 'automate_dv'] -%}
        {{ automate_dv_spark.argument_error('automate_dv_spark_rules', 'it is safe or automate_dv. Got: ' ~ rules) }}
    {%- endif -%}
    {{- return([
        'late_safe_satellites', 'nh_link_unique_key', 'ordered_effectivity', 'ma_sat_sets_by_load', 'ma_sat_empty_sets',
        'ma_sat_ghost_records'
    ] if rules == 'safe' else []) -}}
{%- endmacro %}


{#-
    A column's name as SQL. Names of letters, digits and underscores stay as they are written; any other one (a blank, a
    hyphen, a dot, a leading digit, a reserved word) is quoted. What is quoted already is left alone.
-#}
{% macro quoted_name(name) -%}
    {%- set name = name | string -%}
    {%- set quotes = ['`', "'"] -%}
    {%- if name | length > 1 and name[0] in quotes and name[-1] == name[0] -%}
        {{- return(name) -}}
    {%- elif modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', name) and name | lower not in automate_dv_spark.reserved_words() -%}
        {{- return(name) -}}
    {%- endif -%}
    {{- return('`' ~ name | replace('`', '``') ~ '`') -}}
{%- endmacro %}


{#- As in AutomateDV, parentheses make an expression; a column with such a name is quoted by who names it. -#}
{% macro is_expression(text) -%}
    {{- return('(' in text and ')' in text and text[0] != '`') -}}
{%- endmacro %}


{#- The name without quotes, to compare it with what the catalogue says. -#}
{% macro plain_name(name) -%}
    {%- set name = name | string -%}
    {%- if name | length > 1 and name[0] == '`' and name[-1] == '`' -%}
        {{- return(name[1:-1] | replace('``', '`')) -}}
    {%- endif -%}
    {{- return(name) -}}
{%- endmacro %}


{#- Words that mean something else, or nothing, where a column may stand. -#}
{% macro reserved_words() -%}
    {{- return((
        'all and anti any array as authorization between both by case cast check cluster collate column constraint create '
        ~ 'cross current_date current_time current_timestamp current_user date distinct distribute else end escape except '
        ~ 'exists extract false fetch filter for foreign from full grant group having in inner intersect interval into is '
        ~ 'join lateral leading left like limit localtimestamp map minus natural not null offset on only or order outer '
        ~ 'overlaps overlay pivot position primary qualify references right select semi session_user set some sort sql struct '
        ~ 'substring table tablesample then time timestamp to trailing trim true union unique unknown unpivot user using '
        ~ 'values when where window with within'
    ).split(' ')) -}}
{%- endmacro %}


{#-
    Strings, lists, {source_column, alias} mappings and none, flattened to a list of {source_column, alias}, both as SQL. A
    source column with an alias may be a constant (!text) or an expression; `quote` false leaves names as they are written.
-#}
{% macro column_list(columns, quote=true) -%}
    {%- set flat = [] -%}
    {%- if automate_dv_spark.is_missing(columns) -%}
    {%- elif columns is string -%}
        {%- if columns[:1] == '!' and quote -%}
            {{ automate_dv_spark.argument_error(
                'column', 'the constant ' ~ columns ~ " needs a name: write {source_column: '" ~ columns ~ "', alias: <column>}."
            ) }}
        {%- endif -%}
        {%- set name = automate_dv_spark.quoted_name(columns) if quote else columns -%}
        {%- do flat.append({'source_column': name, 'alias': name}) -%}
    {%- elif columns is mapping -%}
        {%- if not columns.source_column or not columns.alias -%}
            {{ automate_dv_spark.argument_error('column', 'a mapping needs source_column and alias. Got: ' ~ columns) }}
        {%- elif not quote -%}
            {%- do flat.append({'source_column': columns.source_column, 'alias': columns.alias}) -%}
        {%- else -%}
            {%- set source = automate_dv_spark.spark__as_constant(columns.source_column) -%}
            {%- do flat.append({
                'source_column': source if automate_dv_spark.is_expression(source) else automate_dv_spark.quoted_name(source),
                'alias': automate_dv_spark.quoted_name(columns.alias)
            }) -%}
        {%- endif -%}
    {%- else -%}
        {%- for column in columns -%}
            {%- do flat.extend(automate_dv_spark.column_list(column, quote)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(flat) -}}
{%- endmacro %}


{#- Columns of a payload: listed, or all of the source model but those excluded and those that are keys or audit columns. -#}
{% macro payload_list(src_payload, source_model, others) -%}
    {%- if src_payload is not mapping or src_payload.source_column -%}
        {{- return(automate_dv_spark.column_list(src_payload)) -}}
    {%- elif not src_payload.exclude_columns -%}
        {{- return(automate_dv_spark.column_list(src_payload.columns)) -}}
    {%- endif -%}
    {%- set left_out = [] -%}
    {%- for column in automate_dv_spark.column_list([src_payload.columns, others]) -%}
        {%- do left_out.append(automate_dv_spark.plain_name(column.source_column) | lower) -%}
    {%- endfor -%}
    {%- set kept = [] -%}
    {%- for name in automate_dv_spark.relation_columns(ref(automate_dv_spark.first_stage(source_model))) if name | lower not in left_out -%}
        {%- do kept.append(name) -%}
    {%- endfor -%}
    {{- return(automate_dv_spark.column_list(kept)) -}}
{%- endmacro %}


{#- Column names of a relation; none while parsing, and none of a relation that does not exist. -#}
{% macro relation_columns(relation) -%}
    {{- return(automate_dv_spark.typed_columns(relation).keys() | list) -}}
{%- endmacro %}


{#- The same with their types: {name: type}. -#}
{% macro typed_columns(relation) -%}
    {%- set types = {} -%}
    {%- if execute and relation is not string -%}
        {%- for column in adapter.get_columns_in_relation(automate_dv_spark.stored_relation(relation)) -%}
            {%- do types.update({column.name: column.dtype | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(types) -}}
{%- endmacro %}


{#-
    The relation as the catalogue knows it. In a run with --empty or --sample a relation is a subquery; in a unit test it is
    a CTE of rows given there, which has the columns of the model or source that it stands for.
-#}
{% macro stored_relation(relation) -%}
    {%- set given = '__dbt__cte__' -%}
    {%- if relation.identifier is undefined or not relation.identifier -%}
        {{- return(relation) -}}
    {%- elif relation.identifier.startswith(given) -%}
        {%- set name = relation.identifier[given | length:] -%}
        {#- There graph is empty; what ref looks in holds the given inputs, each with the place of what it stands for. -#}
        {%- for node in (builtins.ref.manifest.nodes.values() if builtins.ref.manifest is defined else [])
            if name in [node.identifier, node.alias, node.name, node.cte_name] -%}
            {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
        {%- endfor -%}
        {{- return(relation) -}}
    {%- endif -%}
    {{- return(api.Relation.create(
        database=relation.database, schema=relation.schema, identifier=relation.identifier, type=relation.type
    )) -}}
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
