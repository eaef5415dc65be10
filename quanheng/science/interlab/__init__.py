"""Comparing laboratories: do two results agree; a module for each kind of comparison.

``robust``, ``scores``, ``homogeneity``, ``youden``: rounds of proficiency tests (ISO 13528). ``precision``: studies of
methods (ISO 5725-2). ``consensus``: key comparisons. ``reference_material``: ISO 33405. E_n needs no arrays
and is at hand at once; the others are imported by their names.

>>> from quanheng.science.interlab.robust import algorithm_a
>>> round(algorithm_a([9.9, 10.0, 10.1, 10.2, 14.0]).location, 2)
10.2
"""

from quanheng.science.interlab.en_score import EnRefused, EnScore, Stated, en_score

__all__ = ["EnRefused", "EnScore", "Stated", "en_score"]
