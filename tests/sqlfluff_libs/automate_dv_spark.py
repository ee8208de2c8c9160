"""Stand-in for the package of this name while sqlfluff reads a model; the same as automate_dv's."""

from automate_dv import __getattr__ as __getattr__
