{% macro ranked_expressions(ranked_columns, known={}) -%}
    {%- set expressions = {} -%}
    {%- for name, value in ranked_columns.items() -%}
        {%- if not value.partition_by or not value.order_by -%}
            {{ automate_dv_spark.argument_error('stage', 'ranked column ' ~ name ~ ' needs partition_by and order_by.') }}
        {%- endif -%}
        {%- if value.dense_rank and value.dense_rank is not sameas true -%}
            {{ automate_dv_spark.argument_error(
                'stage', 'dense_rank of ' ~ name ~ ' is true or false. Got: ' ~ value.dense_rank
            ) }}
        {%- endif -%}
        {%- set partition_by = [] -%}
        {%- for column in ([value.partition_by] if value.partition_by is string else value.partition_by) -%}
            {%- do partition_by.append(automate_dv_spark.written_column(column, known)) -%}
        {%- endfor -%}
        {%- set order_by = [] -%}
        {%- for item in ([value.order_by] if value.order_by is string or value.order_by is mapping else value.order_by) -%}
            {%- if item is mapping -%}
                {%- for column, direction in item.items() -%}
                    {%- do order_by.append((automate_dv_spark.written_column(column, known) ~ ' ' ~ (direction or '')) | trim) -%}
                {%- endfor -%}
            {%- else -%}
                {%- do order_by.append(automate_dv_spark.written_column(item, known)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do expressions.update({
            automate_dv_spark.quoted_name(name): ('dense_rank' if value.dense_rank else 'rank') ~ '() over (partition by ' ~ partition_by | join(', ')
                ~ ' order by ' ~ order_by | join(', ') ~ ')'
        }) -%}
    {%- endfor -%}
    {{- return(expressions) -}}
{%- endmacro %}
