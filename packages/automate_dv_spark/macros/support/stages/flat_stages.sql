{% macro flat_stages(source_model) -%}
    {%- set stages = [] -%}
    {%- if source_model is string -%}
        {%- do stages.append({'name': source_model, 'names': {}}) -%}
    {%- elif source_model is mapping -%}
        {%- for stage, names in source_model.items() -%}
            {%- for names_there in ([names or {}] if names is mapping or not names else names) -%}
                {%- set plain = {} -%}
                {%- for column, there in (names_there or {}).items() -%}
                    {%- do plain.update({automate_dv_spark.plain_name(column) | lower: there}) -%}
                {%- endfor -%}
                {%- do stages.append({'name': stage, 'names': plain}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- else -%}
        {%- for item in source_model -%}
            {%- do stages.extend(automate_dv_spark.flat_stages(item)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(stages) -}}
{%- endmacro %}
