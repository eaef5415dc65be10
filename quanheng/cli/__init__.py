"""What ./qh does. ``launch`` and ``environment`` run before anything is installed: standard library only."""
