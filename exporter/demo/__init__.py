"""A stand-in Spotify on 127.0.0.1, and a sample listener. Artists, tracks and covers are our inventions."""
