"""Pages of stations, visits, mandates and zones."""
