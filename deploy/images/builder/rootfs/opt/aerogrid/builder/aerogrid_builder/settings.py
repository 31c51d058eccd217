"""What the containers are told by environment variables. The README of the image is the contract."""

import os
from pathlib import Path

from .failures import FAILED, Failure


class Settings:
    def __init__(self, environment=os.environ):
        self._environment = environment
        # Only tests put these anywhere else.
        workspace = Path(environment.get("AEROGRID_WORKSPACE", "/workspace"))
        self.termination_log = Path(environment.get("AEROGRID_TERMINATION_LOG", "/dev/termination-log"))
        self.requirements = workspace / "source" / "requirements.txt"
        self.dependencies = workspace / "dependencies"
        self.site = self.dependencies / "site"
        self.registry_config = workspace / "registry" / "config.json"

    @property
    def time_limit(self):
        """Seconds for the whole resolution."""
        return self._number("AEROGRID_TIME_LIMIT_SECONDS", 300, 1, 3600)

    @property
    def max_bytes(self):
        """Of all installed files together."""
        return self._number("AEROGRID_MAX_BYTES", 2 << 30, 1 << 10, 1 << 40)

    @property
    def allow_source_builds(self):
        value = self._environment.get("AEROGRID_ALLOW_SOURCE_BUILDS", "false")
        if value not in ("true", "false"):
            raise Failure(FAILED, f"AEROGRID_ALLOW_SOURCE_BUILDS is '{value}' and neither 'true' nor 'false'.")
        return value == "true"

    @property
    def base_image(self):
        return self._required("AEROGRID_BASE_IMAGE")

    @property
    def target_image(self):
        return self._required("AEROGRID_TARGET_IMAGE")

    @property
    def registry_endpoint(self):
        """Address of the registry, or None for the host that the references name."""
        return self._environment.get("REGISTRY_ENDPOINT") or None

    def _required(self, name):
        value = self._environment.get(name)
        if not value:
            raise Failure(FAILED, f"The environment variable {name} is not set.")
        return value

    def _number(self, name, default, least, most):
        text = self._environment.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise Failure(FAILED, f"{name} is '{text}' and not a number from {least} to {most}.")
        return int(text)
