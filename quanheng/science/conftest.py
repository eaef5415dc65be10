"""Property tests of the science: no deadline per example, for two busy cores would fail honest ones by chance."""

from hypothesis import settings

settings.register_profile("science", deadline=None)
settings.load_profile("science")
