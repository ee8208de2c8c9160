{% test features_know_only_what_was_known(model, given=[]) %}
    {{- features_changed_later(model, given) -}}
{% endtest %}
