"""Signals: what stands out among reports, over time, between small areas, and how great a product's risk is."""
