"""Stand-ins of the sources on 127.0.0.1, and a sample listener. All music and covers are invented."""
