"""Last.fm's protocol: https://www.last.fm/api."""
