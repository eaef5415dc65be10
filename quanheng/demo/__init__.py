"""The reference city: generated, seeded, labelled synthetic. Real facts (regions, standards, limits) stay real."""
