{#-
    Stages as a list of {name, names}, names being {column of the target: its name in the stage}: given as a name, as a
    mapping {stage: names}, or as a list of either. One stage may come several times, each time with other names.
-#}
{% macro stages_of(source_model) -%}
    {%- set stages = automate_dv_spark.flat_stages(source_model) -%}
    {%- for stage in stages if stages.count(stage) > 1 -%}
        {{ automate_dv_spark.argument_error(
            'source_model', 'the stage ' ~ stage.name ~ ' is given twice with the same columns; give it once, or each time with '
            ~ 'other columns: {' ~ stage.name ~ ': {<column of the target>: <column of the stage>}}.'
        ) }}
    {%- endfor -%}
    {{- return(stages) -}}
{%- endmacro %}
