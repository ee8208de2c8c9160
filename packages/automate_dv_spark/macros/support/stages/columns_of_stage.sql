{#-
    The target's columns with their names in one stage. A name may be a constant (!text), or null where the stage has no
    such column. For several stages the columns are looked up, so that the error names a missing one.
-#}
{% macro columns_of_stage(stage, columns, is_one_of_several) -%}
    {%- set here = [] -%}
    {%- set used = [] -%}
    {%- for column in columns -%}
        {%- set alias = automate_dv_spark.plain_name(column.alias) | lower -%}
        {%- set source = automate_dv_spark.plain_name(column.source_column) | lower -%}
        {%- set key = alias if alias in stage.names else source -%}
        {%- if key in stage.names -%}
            {%- do used.append(key) -%}
            {%- set there = stage.names[key] -%}
            {%- if there is none or there | string | lower == 'null' -%}
                {%- do here.append({'source_column': 'null', 'alias': column.alias}) -%}
            {%- else -%}
                {%- do here.extend(automate_dv_spark.column_list({'source_column': there, 'alias': column.alias})) -%}
            {%- endif -%}
        {%- else -%}
            {%- do here.append({'source_column': column.source_column, 'alias': column.alias}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in stage.names if name not in used -%}
        {{ automate_dv_spark.argument_error(
            'source_model', 'the mapping of ' ~ stage.name ~ ' names ' ~ name ~ ', which is no column of this table.'
        ) }}
    {%- endfor -%}
    {%- if is_one_of_several and execute -%}
        {%- set there = automate_dv_spark.relation_columns(ref(stage.name)) | map('lower') | list -%}
        {%- for column in here if there and column.source_column != 'null' and column.source_column[0] != "'"
            and '`.`' not in column.source_column and not automate_dv_spark.is_expression(column.source_column)
            and automate_dv_spark.plain_name(column.source_column) | lower not in there -%}
            {{ automate_dv_spark.argument_error(
                'source_model', 'the stage ' ~ stage.name ~ ' has no column ' ~ automate_dv_spark.plain_name(column.source_column)
                ~ '. Say what stands for it: {' ~ stage.name ~ ': {' ~ automate_dv_spark.plain_name(column.alias)
                ~ ": <its column, '!constant' or null>}}."
            ) }}
        {%- endfor -%}
    {%- endif -%}
    {{- return(here) -}}
{%- endmacro %}
