{#- Records the versions that the Gold tables have now, in one commit; gives the number of the release. -#}
{% macro new_release() -%}
    {%- set releases = release_table('release') -%}
    {%- set versions = {} -%}
    {%- for model in graph.nodes.values() if model.resource_type == 'model' and model.schema == 'gold' -%}
        {%- set history = run_query('describe history ' ~ model.relation_name ~ ' limit 1') -%}
        {%- do versions.update({model.alias: history.rows[0]['version'] | int}) -%}
    {%- endfor -%}
    {%- set last = run_query(
        'select release_id, table_name, table_version from ' ~ releases
        ~ ' where release_id = (select max(release_id) from ' ~ releases ~ ')'
    ) -%}
    {%- set released = {} -%}
    {%- for row in last.rows -%}
        {%- do released.update({row['table_name']: row['table_version'] | int}) -%}
    {%- endfor -%}
    {%- set number = last.rows[0]['release_id'] | int if last.rows else 0 -%}
    {%- if versions == released -%}
        {{ return(number) }}
    {%- endif -%}
    {%- set rows = [] -%}
    {%- for table, version in versions.items() -%}
        {%- do rows.append("('" ~ table ~ "', " ~ version ~ ")") -%}
    {%- endfor -%}
    {%- do run_query(
        'insert into ' ~ releases ~ ' select ' ~ (number + 1) ~ ', table_name, table_version, '
        ~ '(select max(load_id) from ' ~ source('lakevault', 'ledger') ~ '), current_timestamp() from values '
        ~ rows | join(', ') ~ ' as versions (table_name, table_version)'
    ) -%}
    {{ return(number + 1) }}
{%- endmacro %}
