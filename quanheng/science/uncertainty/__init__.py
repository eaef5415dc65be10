"""Measurement uncertainty: best uncertainty as a formula, statements of conformity, their risks."""
