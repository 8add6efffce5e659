"""An Argilla server of one's own: the real server in an environment of its own, with nothing else to install."""
