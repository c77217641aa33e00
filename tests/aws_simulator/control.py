"""The control endpoint, /_simulator/NAME: what a test says to the simulator. Bodies and answers are JSON objects."""
import dataclasses
import json
import time

from .request_log import iso
from .service_models import HttpRequest
from .services.ecr_scans import ScanOutcome
from .settings import Behaviour
from .signature import Keys
from .wire_answer import HttpAnswer


class Control:
    """One method a name; a method takes the body and returns the answer, and ValueError or TypeError is a bad request."""

    def __init__(self, listener):
        self._listener = listener
        self._world = listener.world

    def answer(self, request: HttpRequest) -> HttpAnswer:
        name = request.path.removeprefix("/_simulator/")
        method = getattr(self, f"say_{name}", None)
        if method is None:
            return self._json(404, {"error": f"no word {name!r}"})
        try:
            body = json.loads(request.body) if request.body else {}
            if name in ("released", "release", "paused", "problems", "requests", "newest"):
                return self._json(200, method(body))
            with self._listener.lock:
                self._world.timeline.catch_up()
                result = method(body)
                self._world.timeline.catch_up()
            return self._json(200, result)
        except (ValueError, TypeError, KeyError) as why:
            return self._json(400, {"error": f"{type(why).__name__}: {why}"})

    @staticmethod
    def _json(status: int, body) -> HttpAnswer:
        return HttpAnswer(status, [("Content-Type", "application/json")], json.dumps(body, default=str).encode())

    def say_clock(self, body: dict) -> dict:
        """`scale` sets how many simulated seconds a real one is (0 stops), `advance` jumps on by seconds."""
        timeline = self._world.timeline
        if "scale" in body:
            timeline.set_scale(float(body["scale"]))
        if "advance" in body:
            timeline.jump(float(body["advance"]))
            timeline.catch_up()
        return {"now": timeline.now(), "time": iso(timeline.now()), "scale": timeline.scale}

    def say_delays(self, body: dict) -> dict:
        """Sets delays by their names in settings.Delays (simulated seconds); `stretch` multiplies all of them."""
        delays = self._world.delays
        stretch = float(body.pop("stretch", 1))
        for name, value in body.items():
            if not hasattr(delays, name):
                raise ValueError(f"no delay {name!r}")
            setattr(delays, name, float(value))
        for field in dataclasses.fields(delays):
            if field.name != "standard_period":
                setattr(delays, field.name, getattr(delays, field.name) * stretch)
        return dataclasses.asdict(delays)

    def say_faults(self, body: dict) -> dict:
        """`rules` (see faults.FaultRule) replace those in force, drawn with `seed`."""
        self._world.faults.set(body.get("rules", []), int(body.get("seed", 1)))
        return {"rules": [dataclasses.asdict(rule) for rule in self._world.faults.rules]}

    def say_behaviours(self, body: dict) -> dict:
        """`behaviours` (see settings.Behaviour) replace those in force."""
        self._world.behaviours = [Behaviour(**b) for b in body["behaviours"]]
        return {}

    def say_scans(self, body: dict) -> dict:
        """`outcomes` (see ecr_scans.ScanOutcome) of the registry's scans replace those in force."""
        place = self._world.place(body["account"], body["region"])
        place.service("ecr").scans.outcomes = [ScanOutcome(**o) for o in body["outcomes"]]
        return {}

    def say_traffic(self, body: dict) -> dict:
        """Requests a second: `rate` on `target`, a listener's, a rule's, a function's or an alias's ARN."""
        place = self._world.place(body.get("account") or body["target"].split(":")[4], body["target"].split(":")[3])
        place.service("traffic").set_rate(body["target"], float(body["rate"]))
        return {}

    def say_served(self, body: dict) -> dict:
        """How many requests each target group or function version has served so far."""
        return {"served": {key: count for place in self._world.places.values()
                           for key, count in place.service("traffic").served.items()}}

    def say_invocations(self, body: dict) -> dict:
        """Every Invoke that a function got, in their order; the record of requests masks payloads."""
        return {"invocations": self._world.invocations}

    def say_seed(self, body: dict) -> dict:
        """Where chance in the simulated AWS starts."""
        self._world.chance.seed(int(body["seed"]))
        return {}

    def say_keys(self, body: dict) -> dict:
        """New keys for `who`, of `account`; with `lifetime` (seconds) temporary ones with a session token."""
        lifetime = body.get("lifetime")
        token = self._world.hex_id(64) if lifetime is not None else None
        keys = self._world.add_keys(body["who"], body.get("account", "123456789012"), token,
                                    None if lifetime is None else time.time() + float(lifetime))
        return dataclasses.asdict(keys)

    def say_add_keys(self, body: dict) -> dict:
        """Keys as given: the members of signature.Keys."""
        self._world.signatures.add(Keys(**body))
        return {}

    def say_expire_keys(self, body: dict) -> dict:
        """Ends all temporary keys of `who`, or the one `access_key`."""
        ended = 0
        for keys in self._world.signatures.keys():
            if keys.token and body.get("access_key", keys.access_key) == keys.access_key and body.get(
                    "who", keys.who) == keys.who:
                keys.expires, ended = time.time() - 1, ended + 1
        return {"ended": ended}

    def say_credential_lifetime(self, body: dict) -> dict:
        """How many real seconds keys of AssumeRole… live, whatever was asked for; null: what was asked for."""
        self._world.credential_lifetime = body["seconds"]
        return {}

    def say_sso_tokens(self, body: dict) -> dict:
        """A valid token of Identity Center: `access`, how many real `seconds` it lives, and its `refresh` token."""
        self._world.sso_tokens[body["access"]] = {"expires": time.time() + float(body["seconds"]),
                                                  "refresh": body.get("refresh")}
        return {}

    def say_skew(self, body: dict) -> dict:
        """How many seconds the services' clocks are ahead of this machine's."""
        self._world.signatures.skew_seconds = float(body["seconds"])
        return {}

    def say_reset(self, body: dict) -> dict:
        """Forgets resources, requests and problems; the keys of users stay."""
        self._world.store.reset()
        self._world.reset(self._world.timeline.scale)
        self._listener.log.clear()
        self._listener.forget_answers()
        return {}

    def say_requests(self, body: dict) -> dict:
        """The record of requests with a number above `since`."""
        return {"requests": self._listener.log.entries(int(body.get("since", 0)))}

    def say_newest(self, body: dict) -> dict:
        """The number of the newest request in the record; 0 where there is none."""
        return {"number": self._listener.log.newest()}

    def say_problems(self, body: dict) -> dict:
        return {"problems": self._listener.log.problems()}

    def say_paused(self, body: dict) -> dict:
        """The requests that wait for `release`."""
        return {"paused": [what for what, _ in list(self._listener.paused.values())]}

    def say_release(self, body: dict) -> dict:
        """Lets a paused request (`number`), or all, go on; with `drop` its connection is closed instead."""
        for number, (what, event) in list(self._listener.paused.items()):
            if body.get("number", number) == number:
                what["drop"] = bool(body.get("drop", False))
                event.set()
        return {}

    def say_world(self, body: dict) -> dict:
        """What is moving at the moment, for a person who looks for a reason."""
        return {f"{account} {region}": {name: service.overview() for name, service in place._services.items()
                                        if hasattr(service, "overview")}
                for (account, region), place in self._world.places.items()}
