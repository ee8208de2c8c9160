{#-
    Features of each row of a spine, as they were known at its cut-off: an event counts when it had happened *and* had landed by then.
    Everything of a key stands on one timeline. At the moment from which an event counts, it is added; where it leaves a feature's
    window, it is taken off; at a cut-off the sums are read. So there is one sort, no join of events with cut-offs, and the work is
    linear in both, however many cut-offs there are.
-#}
{% macro features_as_of(spine, key, events, applied, features, loaded='load_dts') %}
    {%- set sums = ['sum', 'count'] %}
    {%- for name, feature in features.items() %}
        {%- set unknown = feature | reject('in', ['as', 'of', 'where', 'days']) | list %}
        {%- set fault =
            'has ' ~ unknown | join(', ') if unknown
            else 'is ' ~ feature['as'] if feature['as'] not in sums + ['last', 'days_since_first', 'days_since_last']
            else 'lacks of, the SQL of its value' if feature['as'] in ['sum', 'last'] and not feature.of
            else 'is ' ~ feature['as'] ~ ' of some days' if feature.days and feature['as'] not in sums
        %}
        {%- if fault %}
            {{- exceptions.raise_compiler_error(
                'features_as_of: ' ~ name ~ ' ' ~ fault ~ '. A feature is {as, of, where, days}: sum and count, of all time or of some days,'
                ~ ' last, days_since_first and days_since_last.'
            ) }}
        {%- endif %}
    {%- endfor %}
    {%- set windows = features.values() | map(attribute='days') | select | unique | sort | list %}
select
        {{ key }},
        cut_off_at
        {%- for name, feature in features.items() %},
        {% if feature['as'] in sums -%}
        {{ name }}
        {%- elif feature['as'] == 'last' -%}
        {{ name }}.value as {{ name }}
        {%- else -%}
        cast(timestampdiff(day, {{ name }}, cut_off_at) as int) as {{ name }}
        {%- endif %}
        {%- endfor %}
    from (
        select
            {{ key }},
            cut_off_at
            {%- for name, feature in features.items() %},
            {{ 'sum' if feature['as'] in sums else 'min' if feature['as'] == 'days_since_first' else 'max' }}({{ name }}) over (
                partition by {{ key }} order by moment, cut_off_at nulls first rows between unbounded preceding and current row
            ) as {{ name }}
            {%- endfor %}
        from (
            select
                {{ key }},
                -- What lands at a time is known at that time, whole: versioned_load_dts adds microseconds.
                greatest({{ applied }} + make_dt_interval(days_after), date_trunc('second', {{ loaded }})) as moment,
                cast(null as timestamp) as cut_off_at
                {%- for name, feature in features.items() %}
                {%- set value = '1' if feature['as'] == 'count' else feature.of if feature['as'] == 'sum'
                    else 'struct(' ~ applied ~ ', ' ~ loaded ~ ', ' ~ feature.of ~ ' as value)' if feature['as'] == 'last' else applied %}
                {%- set condition = ' and (' ~ feature.where ~ ')' if feature.where else '' %},
                case
                    when days_after = 0{{ condition }} then {{ value }}
                    {%- if feature.days %}
                    when days_after = {{ feature.days }}{{ condition }} then -({{ value }})
                    {%- endif %}
                    {%- if feature['as'] in sums %}
                    else 0
                    {%- endif %}
                end as {{ name }}
                {%- endfor %}
            from (
                -- How many days after it happened an event is added, and taken off.
                select *, explode(array({{ ([0] + windows) | join(', ') }})) as days_after
                from {{ events }}
                where {{ applied }} is not null and {{ key }} in (select {{ key }} from {{ spine }})
            ) as turns

            union all

            select
                {{ key }},
                cut_off_at as moment,
                cut_off_at
                {%- for name, feature in features.items() %},
                {{ '0' if feature['as'] in sums else 'null' }} as {{ name }}
                {%- endfor %}
            from {{ spine }}
        ) as timeline
    ) as running
    where cut_off_at is not null
{%- endmacro %}
