"""The journeys that ./qh tour tells: one module each, found by being here."""
