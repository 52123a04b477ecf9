"""Talk to GitHub: to Actions, and through the `gh` program."""
