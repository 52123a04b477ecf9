"""A program that has a version, and nothing else: what Python and click take."""

import click


@click.group()
@click.version_option("1.0")
def commands() -> None:
    """Do nothing."""


if __name__ == "__main__":
    commands()
