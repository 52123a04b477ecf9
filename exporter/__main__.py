"""`python -m exporter` is `now-listening`."""

from exporter.cli import entry_point

if __name__ == "__main__":
    entry_point()
