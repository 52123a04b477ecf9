"""One-time work: setting a repository up, logging in, checking."""
