"""Composite indices: from raw indicators to scores and ranks, and how firm the ranks are.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008); the steps follow its order.
"""
