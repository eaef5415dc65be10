"""Sampling: acceptance plans and what they promise, prepackages, and draws that anybody can repeat."""
