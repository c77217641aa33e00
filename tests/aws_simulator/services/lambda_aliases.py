"""Aliases of Lambda's functions, which divide invocations by weights, and provisioned concurrency.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""
from ..problems import AwsError
from ..request_log import iso
from .lambda_state import Alias, Function, FunctionStore
from .service import page


class Aliases(FunctionStore):

    # Aliases.

    def CreateAlias(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        if i["Name"] in function.aliases:
            raise AwsError("ResourceConflictException", f"Alias already exists: {self._arn(function.name)}:{i['Name']}", 409,
                           Type="User")
        weights = i.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        self._check_routing(function, i["FunctionVersion"], weights)
        alias = Alias(i["Name"], i["FunctionVersion"], weights, i.get("Description", ""))
        function.aliases[alias.name] = alias
        alias.revision = self.world.uuid()
        alias.effective = self._split_of(alias)
        return self._shown_alias(function, alias)

    def UpdateAlias(self, i: dict) -> dict:
        function, alias = self._alias(i)
        self._check_revision(i, alias.revision)
        version = i.get("FunctionVersion", alias.version)
        # RoutingConfig that is absent leaves the weights; an empty one clears them (measured in moto; API_UpdateAlias.html
        # says of no parameter that it is reset when absent).
        weights = i["RoutingConfig"].get("AdditionalVersionWeights", {}) if "RoutingConfig" in i else alias.weights
        self._check_routing(function, version, weights)
        if weights and alias.name in function.provisioned:
            raise AwsError("InvalidParameterValueException", "Alias with weights can not be used with Provisioned Concurrency",
                           400, Type="User")
        if version != alias.version and alias.name in function.provisioned:
            self._move_provisioned(function, alias, alias.version)
        alias.version, alias.weights = version, weights
        alias.description = i.get("Description", alias.description)
        alias.revision = self.world.uuid()
        split = self._split_of(alias)
        self.place.after(self.place.delays.alias_propagation, lambda: setattr(alias, "effective", split))
        return self._shown_alias(function, alias)

    def _move_provisioned(self, function: Function, alias: Alias, old: str) -> None:
        """Lambda itself gives the alias weights while its provisioned concurrency moves to the new version.

        Seen in https://github.com/hashicorp/terraform-provider-aws/pull/48116
        """
        alias.transition = {old: 1.0}
        config = function.provisioned[alias.name]
        config.update(ready_at=self.place.now + self.place.delays.provisioning, modified=self.place.now)

        def moved():
            alias.transition = None
            alias.revision = self.world.uuid()
        self.place.after(self.place.delays.provisioning, moved)

    def GetAlias(self, i: dict) -> dict:
        function, alias = self._alias(i)
        return self._shown_alias(function, alias)

    def ListAliases(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        found = [self._shown_alias(function, a) for _, a in sorted(function.aliases.items())
                 if i.get("FunctionVersion") in (None, a.version, *a.weights)]
        shown, marker = page(found, i.get("Marker"), i.get("MaxItems"), 50)
        return {"Aliases": shown, "NextMarker": marker}

    def DeleteAlias(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        function.aliases.pop(i["Name"], None)
        function.provisioned.pop(i["Name"], None)
        return {}

    def _check_routing(self, function: Function, version: str, weights: dict) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
        for number in (version, *weights):
            if number not in function.versions:
                raise AwsError("ResourceNotFoundException", f"Function not found: {self._arn(function.name)}:{number}", 404,
                               Type="User")
        if not weights:
            return
        wrong = None
        (other, weight) = next(iter(weights.items()))
        if len(weights) > 1:
            wrong = "Number of items in AdditionalVersionWeights cannot be greater than 1"
        elif "$LATEST" in (version, other):
            wrong = "$LATEST is not supported for an alias pointing to more than 1 version"
        elif version == other:
            wrong = f"Invalid function version {other}: it is the alias's own"
        elif not 0.0 <= weight <= 1.0:
            wrong = f"Weight {weight} of version {other} is not between 0.0 and 1.0"
        else:
            one, two = (function.versions[n].configuration for n in (version, other))
            for member, noun in (("Role", "execution role"), ("DeadLetterConfig", "dead-letter queue configuration")):
                if one.get(member) != two.get(member):
                    wrong = f"Both versions of an alias must have the same {noun}"
        if wrong:
            raise AwsError("InvalidParameterValueException", wrong, 400, Type="User")

    @staticmethod
    def _split_of(alias: Alias) -> list[tuple[str, float]]:
        if not alias.weights:
            return [(alias.version, 1.0)]
        (other, weight) = next(iter(alias.weights.items()))
        return [(alias.version, 1.0 - weight), (other, weight)]

    def _shown_alias(self, function: Function, alias: Alias) -> dict:
        weights = alias.transition or alias.weights
        return {"AliasArn": f"{self._arn(function.name)}:{alias.name}", "Name": alias.name, "FunctionVersion": alias.version,
                "Description": alias.description, "RevisionId": alias.revision,
                **({"RoutingConfig": {"AdditionalVersionWeights": dict(weights)}} if weights else {})}

    # Concurrency.

    def PutProvisionedConcurrencyConfig(self, i: dict) -> dict:
        function, _, alias = self._qualified(i)
        qualifier = i["Qualifier"]
        wrong = None
        if qualifier == "$LATEST":
            wrong = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        elif alias and (alias.weights or alias.transition):
            wrong = "Alias with weights can not be used with Provisioned Concurrency"
        elif i["ProvisionedConcurrentExecutions"] < 1:
            wrong = "ProvisionedConcurrentExecutions must be at least 1"
        if wrong:
            raise AwsError("InvalidParameterValueException", wrong, 400, Type="User")
        # FAILED: https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html (Status, StatusReason)
        failure = self.world.behaviour_of_function(function.name, alias.version if alias else qualifier).provisioning_failure
        function.provisioned[qualifier] = {"requested": i["ProvisionedConcurrentExecutions"], "modified": self.place.now, "failure": failure,
                                           "ready_at": self.place.now + self.place.delays.provisioning}
        return self._shown_provisioned(function.provisioned[qualifier])

    def GetProvisionedConcurrencyConfig(self, i: dict) -> dict:
        function, _, _ = self._qualified(i)
        if i["Qualifier"] not in function.provisioned:
            raise AwsError("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this "
                           "function", 404, Type="User")
        return self._shown_provisioned(function.provisioned[i["Qualifier"]])

    def DeleteProvisionedConcurrencyConfig(self, i: dict) -> dict:
        self._qualified(i)[0].provisioned.pop(i["Qualifier"], None)
        return {}

    def ListProvisionedConcurrencyConfigs(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        return {"ProvisionedConcurrencyConfigs": [{"FunctionArn": f"{self._arn(function.name)}:{q}",
                                                   **self._shown_provisioned(c)} for q, c in function.provisioned.items()]}

    def _shown_provisioned(self, config: dict) -> dict:
        is_over, failure = self.place.now >= config["ready_at"], config["failure"]
        available = config["requested"] if is_over and not failure else 0
        status = "IN_PROGRESS" if not is_over else "FAILED" if failure else "READY"
        return {"RequestedProvisionedConcurrentExecutions": config["requested"],
                "AllocatedProvisionedConcurrentExecutions": available, "AvailableProvisionedConcurrentExecutions": available,
                "Status": status, **({"StatusReason": failure} if status == "FAILED" else {}),
                "LastModified": iso(config["modified"])[:-1] + "+0000"}

    def PutFunctionConcurrency(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        function.reserved = i["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": function.reserved}

    def GetFunctionConcurrency(self, i: dict) -> dict:
        return {"ReservedConcurrentExecutions": self._function(i["FunctionName"]).reserved}

    def DeleteFunctionConcurrency(self, i: dict) -> dict:
        self._function(i["FunctionName"]).reserved = None
        return {}
