"""ListenBrainz's protocol: https://listenbrainz.readthedocs.io/en/latest/users/api/."""
