"""Sampling: acceptance plans and what they promise, prepackages, and draws that anybody can repeat.

``acceptance``: plans by attributes and their switching (ISO 2859-1). ``curves``: what a plan accepts, plans by risk, by
variables (ISO 3951), isolated lots (ISO 2859-2) and audits. ``prepackages``: JJF 1070. ``draw``: RFC 3797 and its like.
The standards' tables are the CSV files beside them, each with its source (``tables``).
"""
