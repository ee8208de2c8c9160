{#-
    Features of each row of a spine, as they were known at its cut-off: an event counts when it had happened *and* had landed by then.
    Everything of a key stands on one timeline. At the moment from which an event counts, it is added; where it leaves a feature's
    window, it is taken off; at a cut-off the sums are read. So there is one sort, no join of events with cut-offs, and the work is
    linear in both, however many cut-offs there are.
-#}
{% macro features_as_of(spine, key, events, applied, features, loaded='load_dts') %}
    {%- set windows = features.values() | map(attribute='days') | select | unique | sort | list %}
    {%- set sums = ['sum', 'count'] %}
    {%- for name, feature in features.items() if feature['as'] not in sums + ['last', 'days_since_first', 'days_since_last']
        or (feature.days and feature['as'] not in sums) %}
        {{- exceptions.raise_compiler_error(
            "features_as_of: " ~ name ~ " is " ~ feature['as'] ~ (" of " ~ feature.days ~ " days" if feature.days else "")
            ~ "; known are sum and count, of all time or of some days, last, days_since_first and days_since_last."
        ) }}
    {%- endfor %}
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
            {{ 'min' if feature['as'] == 'days_since_first' else 'max' if feature['as'] not in sums else 'sum' }}({{ name }}) over (
                partition by {{ key }} order by moment, is_cut_off rows between unbounded preceding and current row
            ) as {{ name }}
            {%- endfor %},
            is_cut_off
        from (
            {%- for days in [none] + windows %}
            select
                {{ key }},
                -- What lands at a time is known at that time, whole: versioned_load_dts adds microseconds.
                greatest({{ applied ~ (' + interval ' ~ days ~ ' days' if days else '') }}, date_trunc('second', {{ loaded }})) as moment,
                false as is_cut_off,
                cast(null as timestamp) as cut_off_at
                {%- for name, feature in features.items() %}
                {%- set is_sum = feature['as'] in sums %}
                {%- set value = '1' if feature['as'] == 'count' else feature.of if is_sum
                    else 'struct(' ~ applied ~ ', ' ~ loaded ~ ', ' ~ feature.of ~ ' as value)' if feature['as'] == 'last' else applied %}
                {%- set nothing = '0' if is_sum else 'null' %}
                {%- set value = 'if(' ~ feature.where ~ ', ' ~ value ~ ', ' ~ nothing ~ ')' if feature.where else value %},
                {{ value if not days else '-' ~ value if feature.days == days else nothing }} as {{ name }}
                {%- endfor %}
            from {{ events }}

            union all
            {% endfor %}
            select
                {{ key }},
                cut_off_at as moment,
                true as is_cut_off,
                cut_off_at
                {%- for name, feature in features.items() %},
                {{ '0' if feature['as'] in sums else 'null' }} as {{ name }}
                {%- endfor %}
            from {{ spine }}
        ) as timeline
    ) as running
    where is_cut_off
{%- endmacro %}
