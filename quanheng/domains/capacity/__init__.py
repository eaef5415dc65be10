"""How much an institution can do in a working week, how much it has to do, and when it could begin."""
