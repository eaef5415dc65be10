"""How long records are kept, and who may lengthen it."""
