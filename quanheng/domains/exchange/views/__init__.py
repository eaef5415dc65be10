"""Pages of needs, results and contacts."""
