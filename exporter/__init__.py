"""Now Listening: a scheduled job that turns a person's listening into files in a repository."""

__version__ = "1.0.0"

REPOSITORY = "now-listening/now-listening"
"""The project's repository on GitHub; pyproject.toml has it too."""
