"""The simulated AWS: its places (an account in a region), time, chance, keys and faults."""
import dataclasses
import pathlib
import random
import re
import secrets

from . import services
from .services import task_process
from .services.ecs_definition import variables_of
from .services.prometheus import Exported
from .faults import Faults
from .service_models import ServiceModels
from .settings import Behaviour, Delays
from .signature import Keys, SignatureCheck
from .store import ACCOUNT, Store
from .timeline import Timeline


@dataclasses.dataclass
class Call:
    """Who asks for what."""
    service: str
    operation: str
    input: dict
    keys: Keys | None


class Place:
    """An account in a region: the services there share it to reach each other and the store."""

    def __init__(self, world: "World", account: str, region: str):
        self.world, self.account, self.region = world, account, region
        self.partition = ("aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws")
        self.call: Call | None = None
        self._services: dict = {}

    def service(self, name: str):
        """The part of this place that answers for the service, None where moto does alone."""
        if name not in self._services:
            kind = services.ALL.get(name)
            self._services[name] = kind(self) if kind else None
        return self._services[name]

    def store(self, service: str, operation: str, **arguments) -> dict:
        """Asks moto; what it answers with."""
        return self.world.store.call(self.account, self.region, service, operation, arguments)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def now(self) -> float:
        return self.world.timeline.now()

    def after(self, delay: float, action) -> None:
        self.world.timeline.after(delay, action)

    @property
    def delays(self) -> Delays:
        return self.world.delays


class World:
    """Everything that one simulator holds. Its users take turns: see the listener's lock."""

    def __init__(self, scale: float = 1.0, start: float | None = None):
        self.models = ServiceModels()
        self.store = Store()
        self.signatures = SignatureCheck()
        self.faults = Faults()
        self.credential_lifetime: float | None = None
        self.sso_tokens: dict[str, dict] = {}
        self.url = ""  # where the listener is; functions that run are told
        self.home = pathlib.Path(".")  # where tasks that run have their folders
        self.reset(scale, start)

    def reset(self, scale: float = 1.0, start: float | None = None) -> None:
        """Forgets all resources, rules and temporary keys."""
        task_process.kill_all()
        self.timeline = Timeline(scale, start)
        self.delays = Delays()
        self.behaviours: list[Behaviour] = []
        self.invocations: list[dict] = []
        self.chance = random.Random(1)
        self.places: dict[tuple[str, str], Place] = {}
        self._exported: dict[str, Exported] = {}
        self.faults.set([], 1)
        self.timeline.between.append(self._fill)

    def place(self, account: str, region: str) -> Place:
        key = (account, region)
        if key not in self.places:
            self.places[key] = Place(self, account, region)
        return self.places[key]

    def exported_of(self, account: str) -> Exported:
        """What the account's replicas export, wherever they run."""
        return self._exported.setdefault(account, Exported())

    def _fill(self, start: float, end: float) -> None:
        for place in list(self.places.values()):
            place.service("traffic").fill(start, end)

    def behaviour_of_task(self, containers: list[dict], target_group: str | None = None) -> Behaviour:
        """The first behaviour that matches any container (image and environment) and, where it names one, the group."""
        for rule in self.behaviours:
            if rule.function or rule.version:
                continue
            if rule.target_group and rule.target_group != target_group:
                continue
            if any(self._matches(rule, container) for container in containers or [{}]):
                return rule
        return Behaviour()

    @staticmethod
    def _matches(rule: Behaviour, container: dict) -> bool:
        variables = variables_of(container)
        return ((rule.image is None or re.search(rule.image, container.get("image", "")) is not None)
                and all(variables.get(n) == v for n, v in (rule.environment or {}).items()))

    def behaviour_of_function(self, function: str, version: str) -> Behaviour:
        for rule in self.behaviours:
            if rule.function == function and rule.version in (None, version):
                return rule
        return Behaviour()

    def hex_id(self, length: int = 32) -> str:
        return "".join(self.chance.choice("0123456789abcdef") for _ in range(length))

    def uuid(self) -> str:
        text = self.hex_id()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def add_keys(self, who: str, account: str = ACCOUNT, token: str | None = None, expires: float | None = None,
                 arn: str = "") -> Keys:
        """New keys, valid from now on. Their secret is drawn afresh: nothing else can guess it."""
        prefix = "ASIA" if token else "AKIA"
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
        keys = Keys(prefix + "".join(secrets.choice(alphabet) for _ in range(16)), secrets.token_urlsafe(30), who, account,
                    token, expires, arn or f"arn:aws:iam::{account}:user/{who}")
        self.signatures.add(keys)
        return keys
