"""The stand-in Spotify."""
