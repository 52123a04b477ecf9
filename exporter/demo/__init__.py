"""A stand-in Spotify on 127.0.0.1, and a sample listener. All artists, tracks and covers are invented."""
