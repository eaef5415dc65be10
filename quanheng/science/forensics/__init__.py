"""Forensics of results: what honest measurement hardly ever produces. A finding asks a question; it proves nothing."""
