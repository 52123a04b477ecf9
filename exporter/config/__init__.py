"""Read config.yaml and the environment."""
