{#-
    Seeds as typed literals. dbt-spark's own way writes null as the text None, breaks on apostrophes, and takes time that
    grows with the square of the rows. An empty cell is null.
-#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- if target.type == 'databricks' -%}
        {{ return(dbt.databricks__load_csv_rows(model, agate_table)) }}
    {%- endif -%}
    {%- set column_types = model.config.column_types -%}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do types.append(column_types.get(name) or adapter.convert_type(agate_table, loop.index0)) -%}
    {%- endfor -%}
    {%- for batch in agate_table.rows | batch(1000) -%}
        {%- set values -%}
            insert into {{ this }} values
            {%- for row in batch %}
            (
                {%- for cell in row -%}
                    {%- if cell is none -%}
                        cast(null as {{ types[loop.index0] }})
                    {%- else -%}
                        cast('{{ cell | string | replace("\\", "\\\\") | replace("'", "\\'") }}' as {{ types[loop.index0] }})
                    {%- endif -%}
                    {{- ', ' if not loop.last -}}
                {%- endfor -%}
            )
                {{- ',' if not loop.last -}}
            {%- endfor -%}
        {%- endset -%}
        {%- do adapter.add_query(values, bindings=[], abridge_sql_log=true) -%}
    {%- endfor -%}
    {{ return('insert into ' ~ this ~ ' values (...)') }}
{%- endmacro %}
