"""Spotify's protocol: https://developer.spotify.com/documentation/web-api."""
