"""Commit and push what a run made."""
