"""The action's last step, `python -m exporter.cli.attention`: open an issue if a person must act."""

import os
import sys

from exporter import terminal
from exporter.github import issues


def main() -> int:
    """Open or close issues for the outcome of the job's step, and return the job's exit code."""
    settled = issues.settle(issues.outcome_of(os.environ), os.environ)
    if settled.message:
        terminal.report(settled.level, settled.message)
    return settled.code


if __name__ == "__main__":
    sys.exit(main())
