"""Single requests of users, over HTTP: /_front_door/ARN/PATH with the percent-encoded ARN of a listener, a rule, an alias or
a stage (`arn:aws:apigateway:REGION::/restapis/ID/stages/NAME`).

They go where the weights in force send them, and are answered by what serves there: JSON that says the `image` of the
replica, or the `version` of the function, or the `deployment` of the stage, with a behaviour's `answer_status` and the members
that its `answers` has for the path. Nobody waits for latencies, and no metrics come of them: `Traffic` is for those.
"""
import json
import urllib.parse

from .service_models import HttpRequest
from .store import ACCOUNT
from .wire_answer import HttpAnswer

PREFIX = "/_front_door/"


class FrontDoor:
    """Answers requests below PREFIX; None for any other path."""

    def __init__(self, world):
        self._world = world

    def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if not request.path.startswith(PREFIX):
            return None
        encoded, _, path = request.path.removeprefix(PREFIX).partition("/")
        arn = urllib.parse.unquote(encoded)
        place = self._world.place(arn.split(":")[4] or ACCOUNT, arn.split(":")[3])
        if ":elasticloadbalancing:" in arn:
            return self._balanced(place, arn, "/" + path)
        return self._staged(place, arn) if ":apigateway:" in arn else self._invoked(place, arn, "/" + path)

    def _balanced(self, place, arn: str, path: str) -> HttpAnswer:
        elb = place.service("elbv2")
        split = elb.split(arn)
        (group,) = self._world.chance.choices([g for g, _ in split], [w for _, w in split]) if sum(w for _, w in split) else (None,)
        serving = elb.serving(group) if group else []
        if not serving:
            return self._json(503, {"message": "no target serves"})
        target = self._world.chance.choice(serving)
        behaviour = self._world.behaviour_of_task(target.containers, group)
        return self._served(behaviour, path, {"image": next((c["image"] for c in target.containers), None)})

    def _invoked(self, place, arn: str, path: str) -> HttpAnswer:
        name, _, versions = place.service("lambda").split(arn)
        (version,) = self._world.chance.choices([v for v, _ in versions], [w for _, w in versions])
        return self._served(self._world.behaviour_of_function(name, version), path, {"version": version})

    def _staged(self, place, arn: str) -> HttpAnswer:
        deployments = place.service("apigateway").split(arn)
        (deployment,) = self._world.chance.choices([d for d, _ in deployments], [w for _, w in deployments])
        return self._json(200, {"deployment": deployment})

    def _served(self, behaviour, path: str, known: dict) -> HttpAnswer:
        return self._json(behaviour.answer_status, {**known, **behaviour.answers.get(path, {})})

    @staticmethod
    def _json(status: int, body: dict) -> HttpAnswer:
        return HttpAnswer(status, [("Content-Type", "application/json")], json.dumps(body).encode())
