"""What planners ask of the registers: the indicators of the plans, counted."""
