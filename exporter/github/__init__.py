"""How to talk to GitHub: its Actions, and its `gh` program."""
