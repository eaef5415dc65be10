"""Comparing laboratories: do two results of the same thing agree within their uncertainties?"""

from quanheng.science.interlab.en_score import EnRefused, EnScore, Stated, en_score

__all__ = ["EnRefused", "EnScore", "Stated", "en_score"]
