"""The stand-in Last.fm."""
