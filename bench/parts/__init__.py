"""The parts of the bench: each module measures one table."""
