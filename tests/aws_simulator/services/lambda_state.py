"""Functions of Lambda with their versions and aliases, and how a request names them."""
import re

from ..problems import AwsError
from .service import Service


class Version:
    """A published version, or $LATEST: configuration and code."""

    def __init__(self, number: str, configuration: dict, code: dict):
        self.number, self.configuration, self.code = number, configuration, code
        self.revision = ""


class Alias:
    """`weights` are those of the additional version; `effective` is what invocations follow at the moment."""

    def __init__(self, name: str, version: str, weights: dict, description: str):
        self.name, self.version, self.weights, self.description = name, version, weights, description
        self.revision = ""
        self.effective: list[tuple[str, float]] = []
        self.transition: dict | None = None  # weights that Lambda itself adds while provisioned concurrency moves


class Function:
    def __init__(self, name: str, tags: dict):
        self.name, self.tags = name, tags
        self.versions: dict[str, Version] = {}
        self.aliases: dict[str, Alias] = {}
        self.provisioned: dict[str, dict] = {}
        self.policy: dict[str, dict[str, dict]] = {}
        self.reserved: int | None = None
        self.last_number = 0
        self.active_at = 0.0
        self.updated_until = 0.0


class FunctionStore(Service):
    """The functions of a place; the operations on them are in the classes that derive from this one."""
    NAME = "lambda"

    def __init__(self, place):
        super().__init__(place)
        self.functions: dict[str, Function] = {}

    def _arn(self, name: str) -> str:
        return self.place.arn("lambda", f"function:{name}")

    @staticmethod
    def _names(text: str) -> tuple[str, str | None]:
        """Name and qualifier of `name`, `name:q`, `123456789012:function:name` or an ARN (API_GetFunction.html)."""
        found = re.fullmatch(r"(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([a-zA-Z0-9_-]+)(?::([^:]+))?", text)
        if not found:
            raise AwsError("InvalidParameterValueException", f"{text} is no name of a function", 400, Type="User")
        return found[1], found[2]

    def _function(self, text: str) -> Function:
        name = self._names(text)[0]
        if name not in self.functions:
            raise AwsError("ResourceNotFoundException", f"Function not found: {self._arn(name)}", 404, Type="User")
        return self.functions[name]

    def _alias(self, i: dict) -> tuple[Function, Alias]:
        function = self._function(i["FunctionName"])
        if i["Name"] not in function.aliases:
            raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {self._arn(function.name)}:{i['Name']}", 404,
                           Type="User")
        return function, function.aliases[i["Name"]]

    def _qualified(self, i: dict) -> tuple[Function, Version, Alias | None]:
        """The function, the version that a qualifier means, and the alias where it is one."""
        function = self._function(i["FunctionName"])
        qualifier = i.get("Qualifier") or self._names(i["FunctionName"])[1] or "$LATEST"
        alias = function.aliases.get(qualifier)
        number = alias.version if alias else qualifier
        if number not in function.versions:
            raise AwsError("ResourceNotFoundException", f"Function not found: {self._arn(function.name)}:{qualifier}", 404,
                           Type="User")
        return function, function.versions[number], alias

    def variables(self, name: str, version: str) -> dict[str, str]:
        """The environment of a version."""
        return self.functions[name].versions[version].configuration.get("Environment", {}).get("Variables", {})

    @staticmethod
    def _check_revision(i: dict, revision: str) -> None:
        if i.get("RevisionId") not in (None, revision):
            raise AwsError("PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. "
                           "Call the GetFunction/GetAlias API to retrieve the latest Revision Id", 412, Type="User")
