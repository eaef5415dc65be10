"""What ./qh does. ``launch`` and ``environment`` use the standard library only: they run before anything is installed."""
