"""Settings as YAML; read by pipelines/config.py alone."""
