"""What stands on what: calibrations, keys, recognitions that fell, and the attestations that depend on them."""
