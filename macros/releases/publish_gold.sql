{#-
    Points the views in gold_published at one release, the state of all Gold tables by their Delta versions. Nothing is copied.
    Each view is replaced in one step; a reader who needs the star as a whole reads one release (docs/releases.md).
-#}
{% macro publish_gold(release=none) -%}
    {%- if as_known_at() -%}
        {{ exceptions.raise_compiler_error('publish_gold publishes what is known now: leave as_known_at out.') }}
    {%- endif -%}
    {%- set releases = release_table('release') -%}
    {%- do run_query('create schema if not exists ' ~ releases.include(identifier=false)) -%}
    {%- do run_query(
        'create table if not exists ' ~ releases
        ~ ' (release_id bigint, table_name string, table_version bigint, load_id bigint, released_at timestamp) using delta'
        ~ " tblproperties ('delta.appendOnly' = 'true')"
    ) -%}
    {%- do run_query(
        'create table if not exists ' ~ release_table('publication') ~ ' (release_id bigint, published_at timestamp) using delta'
        ~ " tblproperties ('delta.appendOnly' = 'true')"
    ) -%}
    {%- set number = release | int if release is not none else new_release() -%}
    {%- set tables = run_query('select table_name, table_version from ' ~ releases ~ ' where release_id = ' ~ number) -%}
    {%- if not tables.rows -%}
        {{ exceptions.raise_compiler_error('there is no release ' ~ number ~ '.') }}
    {%- endif -%}
    {%- for row in tables.rows -%}
        {%- set gold = api.Relation.create(database=target.database or none, schema='gold', identifier=row['table_name']) -%}
        {%- do run_query(
            'create or replace view ' ~ release_table(row['table_name']) ~ ' as select * from ' ~ gold
            ~ ' version as of ' ~ row['table_version'] | int
        ) -%}
    {%- endfor -%}
    {%- set published = tables.columns['table_name'].values() -%}
    {#- The list has the temporary views of the session too, which are in no schema. -#}
    {%- for view in run_query('show views in ' ~ releases.include(identifier=false)).rows
        if not view['isTemporary'] and view['viewName'] not in published -%}
        {%- do run_query('drop view ' ~ release_table(view['viewName'])) -%}
    {%- endfor -%}
    {%- do run_query('insert into ' ~ release_table('publication') ~ ' values (' ~ number ~ ', current_timestamp())') -%}
{%- endmacro %}
