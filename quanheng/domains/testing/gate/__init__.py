"""The gate: what a report says is held against the platform's own records before it can exist.

``rules`` reads the rules as data, ``records`` reads what they look at, one module for each family of rules says what it
finds, ``evaluation`` asks them all and freezes the answer for the statement that is signed, ``shown`` tells it.
"""
