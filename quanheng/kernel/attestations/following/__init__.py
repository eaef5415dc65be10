"""Whoever relied on an attestation and asked to be told of it."""
