"""The stand-in ListenBrainz."""
