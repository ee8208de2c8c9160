"""The one error that people are meant to read."""


class LakevaultError(Exception):
    """Something that the reader can act on: what happened, where, and what to do. The command line prints it and exits 1."""
