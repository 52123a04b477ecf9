"""The settings, and what the environment says."""
