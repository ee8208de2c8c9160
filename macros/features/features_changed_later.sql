{#-
    Features that a later landing changes: the model is calculated once more for one of its cut-offs, that in the middle, with all hidden that
    landed after it. The rows have to be those that the table has.
-#}
{% macro features_changed_later(model, given) %}
{%- if execute and not load_relation(model) %}
    select 1 as nothing_built_yet where false
{%- elif execute %}
    {%- set node = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('alias', 'equalto', model.identifier) | first %}
    {%- set middle = 'get(sort_array(collect_set(cut_off_at)), cast((count(distinct cut_off_at) - 1) / 2 as int))' %}
    {%- set found = run_query('select string(' ~ middle ~ ') from ' ~ model).columns[0].values()[0] %}
    {#- An empty table has no cut-off, and no row to compare. #}
    {%- set cut_off = "timestamp'" ~ (found or '1900-01-01') ~ "'" %}
    {%- if node.sources %}
        {{- exceptions.raise_compiler_error(node.name ~ ' reads a source: features are made of the vault, which says when a row was known.') }}
    {%- endif %}
    {%- set query = namespace(sql=node.raw_code) %}
    {%- for parent in node.depends_on.nodes if parent in graph.nodes %}
        {%- set table = graph.nodes[parent] %}
        {%- set relation = api.Relation.create(database=table.database, schema=table.schema, identifier=table.alias) %}
        {%- set says_when = 'load_dts' in adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
        {%- if table.name in given and says_when and not modules.re.match('(hub|link)_', table.name) %}
            {{- exceptions.raise_compiler_error(
                node.name ~ ": `given` names " ~ table.name ~ ", whose rows are events or states that were known from a time on. It is for what says whose"
                ~ " features are wanted, and when: hubs, links and as-of tables."
            ) }}
        {%- elif table.name in given %}
            {%- set rows = relation | string %}
        {%- elif says_when %}
            {%- set rows = "(select * from " ~ relation ~ " where date_trunc('second', load_dts) <= " ~ cut_off ~ ")" %}
        {%- else %}
            {{- exceptions.raise_compiler_error(
                node.name ~ " reads " ~ table.name ~ ", which does not say when a row was known. Features are made of tables with load_dts; name it in"
                ~ " `given` if it says only which rows there are."
            ) }}
        {%- endif %}
        {%- for quote in ["'", '"'] %}
            {%- set query.sql = query.sql | replace("{{ ref(" ~ quote ~ table.name ~ quote ~ ") }}", rows) %}
        {%- endfor %}
    {%- endfor %}
    {{- rebuild_differs(
        staged='select * from ' ~ model ~ ' where cut_off_at = ' ~ cut_off,
        rebuilt='select * from (' ~ render(query.sql) ~ ') as known_then where cut_off_at = ' ~ cut_off
    ) }}
{%- endif %}
{%- endmacro %}
