"""Signing suites: how a document becomes a signed document. One module for each suite."""
