"""Quanheng, an open platform for quality infrastructure."""

#: As in pyproject.toml.
__version__ = "0.1.0"
