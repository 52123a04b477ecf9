"""Set up a repository, log in, and check the set-up."""
