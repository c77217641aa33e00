"""Deployments of services whose controller is ECS itself."""
from ..store import UnsupportedByStore


class ServiceDeployments:
    """For every service with the controller ECS."""

    def __init__(self, ecs):
        self.ecs = ecs

    def begin(self, service, given, before) -> None:
        raise UnsupportedByStore("ecs: services with the controller ECS")

    def current(self, service) -> str | None:
        return None

    def current_revisions(self, service) -> list[dict]:
        return []
