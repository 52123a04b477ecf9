"""Now Listening: a scheduled job that turns Spotify listening into files in a repository."""

__version__ = "0.1.0"

REPOSITORY = "now-listening/now-listening"
"""Where the program, its action and its documents are, on GitHub; pyproject.toml says it too."""
