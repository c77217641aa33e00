"""Lambda. All of it is answered here; moto keeps nothing of it.

https://docs.aws.amazon.com/lambda/latest/api/. Rules are cited where they are held.
"""
import base64
import json

from ..problems import AwsError
from .lambda_aliases import Aliases
from .lambda_run import run_handler
from .lambda_state import Alias
from .lambda_versions import Versions


class Functions(Versions, Aliases):
    """Versions and aliases, invocations, permissions, tags."""

    # Invocation.

    def Invoke(self, i: dict):
        function, _, alias = self._qualified(i)
        if self.place.now < function.active_at:
            self._refuse_while_updating(function)
        number = self._drawn(alias) if alias else i.get("Qualifier") or self._names(i["FunctionName"])[1] or "$LATEST"
        if i.get("InvocationType") == "DryRun":
            return {"StatusCode": 204}
        self.world.invocations.append({"function": i["FunctionName"], "payload": i.get("Payload", b"").decode(errors="replace")})
        version = function.versions[number]
        behaviour = self.world.behaviour_of_function(function.name, number)
        if behaviour.payload is not None or behaviour.function_error or "zip" not in version.code:
            return self._answer(function, version, alias, i, behaviour.payload, behaviour.function_error, [])
        keys = self.world.add_keys(f"function:{function.name}", self.place.account)
        environment = {
            **version.configuration.get("Environment", {}).get("Variables", {}), "AWS_REGION": self.place.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name, "AWS_LAMBDA_FUNCTION_VERSION": number,
            "AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_ENDPOINT_URL": self.world.url, "AWS_DEFAULT_REGION": self.place.region}

        def run():  # outside the world's lock: the function may call AWS itself
            return run_handler(version.code["zip"], version.configuration, environment, i.get("Payload", b""))
        return run, lambda result: self._answer(function, version, alias, i, *result)

    def _answer(self, function, version, alias, i: dict, payload, error: str | None, log: list[str]) -> dict:
        weighted = alias is not None and len(alias.effective) > 1
        self.place.service("traffic").record_invocations(
            function.name, alias.name if alias else None, version.number if weighted else None, int(self.place.now), 1,
            1 if error else 0, [(0.05, 1)])
        key = f"{function.name}:{version.number}"
        self.place.service("traffic").served[key] = self.place.service("traffic").served.get(key, 0) + 1
        if i.get("InvocationType") == "Event":
            return {"StatusCode": 202}
        if not isinstance(payload, bytes):
            payload = json.dumps(payload).encode()
        tail = base64.b64encode("\n".join(log)[-4096:].encode()).decode() if i.get("LogType") == "Tail" else None
        return {"StatusCode": 200, "Payload": payload, "ExecutedVersion": version.number, "FunctionError": error,
                "LogResult": tail}

    def _drawn(self, alias: Alias) -> str:
        drawn = self.world.chance.random()
        for number, weight in alias.effective:
            drawn -= weight
            if drawn < 0:
                return number
        return alias.effective[-1][0]

    def split(self, arn: str) -> tuple[str, str | None, list[tuple[str, float]]]:
        """Function, alias and versions with their shares that invocations of `arn` follow at the moment."""
        name, qualifier = self._names(arn)
        function = self._function(name)
        alias = function.aliases.get(qualifier)
        return name, alias.name if alias else None, alias.effective if alias else [(qualifier or "$LATEST", 1.0)]

    # Permissions and tags.

    def AddPermission(self, i: dict) -> dict:
        function, _, _ = self._qualified(i)
        statements = function.policy.setdefault(i.get("Qualifier", ""), {})
        if i["StatementId"] in statements:
            raise AwsError("ResourceConflictException", f"The statement id ({i['StatementId']}) provided already exists.", 409,
                           Type="User")
        suffix = f":{i['Qualifier']}" if "Qualifier" in i else ""
        statement = {"Sid": i["StatementId"], "Effect": "Allow", "Principal": {"Service": i["Principal"]},
                     "Action": i["Action"], "Resource": self._arn(function.name) + suffix}
        if "SourceArn" in i:
            statement["Condition"] = {"ArnLike": {"AWS:SourceArn": i["SourceArn"]}}
        statements[i["StatementId"]] = statement
        return {"Statement": json.dumps(statement)}

    def RemovePermission(self, i: dict) -> dict:
        function, _, _ = self._qualified(i)
        if function.policy.get(i.get("Qualifier", ""), {}).pop(i["StatementId"], None) is None:
            raise AwsError("ResourceNotFoundException", f"Statement {i['StatementId']} is not found", 404, Type="User")
        return {}

    def GetPolicy(self, i: dict) -> dict:
        function, _, _ = self._qualified(i)
        statements = function.policy.get(i.get("Qualifier", ""))
        if not statements:
            raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User")
        return {"Policy": json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())})}

    def TagResource(self, i: dict) -> dict:
        self._function(i["Resource"]).tags.update(i["Tags"])
        return {}

    def UntagResource(self, i: dict) -> dict:
        for key in i["TagKeys"]:
            self._function(i["Resource"]).tags.pop(key, None)
        return {}

    def ListTags(self, i: dict) -> dict:
        return {"Tags": self._function(i["Resource"]).tags}

    def overview(self) -> dict:
        return {name: {"versions": list(f.versions), "aliases": {a.name: a.effective for a in f.aliases.values()}}
                for name, f in self.functions.items()}
