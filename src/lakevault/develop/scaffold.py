"""Texts that a new feed or a new mart begins with.

The templates write `<< name >>` and `<% if %>`, because what they produce holds Jinja of dbt itself.
"""

import json

import jinja2
import yaml

from lakevault.develop.vault_models import argument


def quoted(text: str) -> str:
    """A text in quotes, as YAML takes it whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def name(text: str) -> str:
    """A name, in quotes when YAML would take it for something else, such as no or null."""
    return text if yaml.safe_load(text) == text else f'"{text}"'


_LOADER = jinja2.PackageLoader("lakevault.develop")
_JINJA = jinja2.Environment(
    loader=_LOADER,
    variable_start_string="<<",
    variable_end_string=">>",
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
    autoescape=False,
)
_JINJA.filters |= {"quoted": quoted, "name": name, "argument": argument}


def render(template: str, **words: object) -> str:
    """The text of a template, for example mart.sql."""
    return _JINJA.get_template(f"{template}.jinja").render(words)


def source(template: str) -> str:
    """A template as it stands."""
    return _LOADER.get_source(_JINJA, f"{template}.jinja")[0]
