"""Lambda: functions whose updates take a while, versions, and aliases that divide invocations by weights. All of it here.

https://docs.aws.amazon.com/lambda/latest/api/. Rules are cited where they are held.
"""
import base64
import copy
import hashlib
import io
import json
import re
import zipfile

from ..problems import AwsError
from ..request_log import iso
from .lambda_run import run_handler
from .service import Service, page

# What a configuration shows as it was given.
SHOWN_AS_GIVEN = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "DeadLetterConfig", "Environment",
                  "KMSKeyArn", "TracingConfig", "FileSystemConfigs", "PackageType", "Architectures", "EphemeralStorage",
                  "LoggingConfig")
CONFIGURABLE = {*SHOWN_AS_GIVEN, "VpcConfig", "Layers", "ImageConfig", "SnapStart"} - {"PackageType", "Architectures"}


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


class Functions(Service):
    NAME = "lambda"

    def __init__(self, place):
        super().__init__(place)
        self.functions: dict[str, Function] = {}

    # Functions and code.

    def CreateFunction(self, i: dict) -> dict:
        name = self._names(i["FunctionName"])[0]
        if name in self.functions:
            raise AwsError("ResourceConflictException", f"Function already exist: {name}", 409, Type="User")
        if i.get("PackageType", "Zip") == "Zip" and not (i.get("Runtime") and i.get("Handler")):
            raise AwsError("InvalidParameterValueException", "Runtime and Handler are mandatory parameters for functions "
                           "created with deployment packages.", 400, Type="User")
        code = self._code(i["Code"], i.get("PackageType", "Zip"))
        function = Function(name, i.get("Tags", {}))
        defaults = {"Description": "", "Timeout": 3, "MemorySize": 128, "PackageType": "Zip", "Architectures": ["x86_64"],
                    "TracingConfig": {"Mode": "PassThrough"}, "EphemeralStorage": {"Size": 512}}
        given = {k: v for k, v in i.items() if k not in ("FunctionName", "Code", "Publish", "Tags")}
        latest = Version("$LATEST", {**defaults, **given}, code)
        function.versions["$LATEST"] = latest
        function.active_at = self.place.now + self.place.delays.function_update
        self.functions[name] = function
        self._touch(latest)
        return self._published(function) if i.get("Publish") else self._shown(function, latest)

    def UpdateFunctionCode(self, i: dict) -> dict:
        function, latest = self._for_update(i)
        code = self._code(i, latest.configuration["PackageType"])
        if i.get("DryRun"):
            return {**self._shown(function, latest), "CodeSha256": code["sha256"]}
        latest.code = code
        if "Architectures" in i:
            latest.configuration["Architectures"] = i["Architectures"]
        self._updated(function, latest)
        return self._published(function) if i.get("Publish") else self._shown(function, latest)

    def UpdateFunctionConfiguration(self, i: dict) -> dict:
        function, latest = self._for_update(i)
        latest.configuration = {**latest.configuration, **{k: v for k, v in i.items() if k in CONFIGURABLE}}
        self._updated(function, latest)
        return self._shown(function, latest)

    def _for_update(self, i: dict) -> tuple[Function, Version]:
        """$LATEST, if nothing is under way there. https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html"""
        function = self._function(i["FunctionName"])
        latest = function.versions["$LATEST"]
        self._refuse_while_updating(function)
        self._check_revision(i, latest.revision)
        return function, latest

    def _refuse_while_updating(self, function: Function) -> None:
        if self.place.now < function.active_at:
            word = "The function is currently in the following state: Pending"
        elif self.place.now < function.updated_until:
            word = "An update is in progress for resource"
        else:
            return
        raise AwsError("ResourceConflictException", "The operation cannot be performed at this time. "
                       f"{word}: {self._arn(function.name)}", 409, Type="User")

    @staticmethod
    def _check_revision(i: dict, revision: str) -> None:
        if i.get("RevisionId") not in (None, revision):
            raise AwsError("PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. "
                           "Call the GetFunction/GetAlias API to retrieve the latest Revision Id", 412, Type="User")

    def _updated(self, function: Function, latest: Version) -> None:
        function.updated_until = self.place.now + self.place.delays.function_update
        self._touch(latest)

    def _touch(self, version: Version) -> None:
        version.revision = self.world.uuid()
        version.configuration["modified"] = self.place.now

    def _code(self, given: dict, package: str) -> dict:
        """The code's bytes, hash and place. Raises AwsError for code that cannot be had or read."""
        if package == "Image":
            if "ImageUri" not in given:
                raise AwsError("InvalidParameterValueException", "ImageUri is needed", 400, Type="User")
            digest = self._image_digest(given["ImageUri"])
            return {"sha256": digest.removeprefix("sha256:"), "size": 0, "image": given["ImageUri"],
                    "resolved": given["ImageUri"].split("@")[0].rpartition(":")[0] + "@" + digest}
        if "S3Bucket" in given:
            where = {k[2:]: given[k] for k in ("S3Bucket", "S3Key") if k in given}
            if "S3ObjectVersion" in given:
                where["VersionId"] = given["S3ObjectVersion"]
            try:
                data = self.place.store("s3", "GetObject", **where)["Body"]
            except AwsError as why:
                raise AwsError("InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: "
                               f"{why.code}. S3 Error Message: {why.message}", 400, Type="User") from why
        else:
            data = given.get("ZipFile", b"")
        if not zipfile.is_zipfile(io.BytesIO(data)):
            raise AwsError("InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try "
                           "to upload again.", 400, Type="User")
        return {"sha256": base64.b64encode(hashlib.sha256(data).digest()).decode(), "size": len(data), "zip": data}

    def _image_digest(self, uri: str) -> str:
        found = re.fullmatch(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)(?::([^@]+))?(?:@(.+))?", uri)
        if not found or found[2] != self.place.region:
            raise AwsError("InvalidParameterValueException", f"Source image {uri} is not valid. Provide a valid source image.",
                           400, Type="User")
        image = {"imageDigest": found[5]} if found[5] else {"imageTag": found[4] or "latest"}
        try:
            return self.place.store("ecr", "DescribeImages", repositoryName=found[3], imageIds=[image])["imageDetails"][0][
                "imageDigest"]
        except (AwsError, IndexError) as why:
            raise AwsError("InvalidParameterValueException", f"Source image {uri} does not exist. Provide a valid source "
                           "image.", 400, Type="User") from why

    # Versions.

    def PublishVersion(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        latest = function.versions["$LATEST"]
        self._refuse_while_updating(function)
        self._check_revision(i, latest.revision)
        if i.get("CodeSha256") not in (None, latest.code["sha256"]):
            raise AwsError("InvalidParameterValueException", f"CodeSHA256 ({i['CodeSha256']}) is different from current "
                           f"CodeSHA256 in $LATEST ({latest.code['sha256']}). Please try again with the CodeSHA256 in $LATEST.",
                           400, Type="User")
        return self._published(function, i.get("Description"))

    def _published(self, function: Function, description: str | None = None) -> dict:
        """A new version, or the last one where nothing has changed since (API_PublishVersion.html)."""
        latest = function.versions["$LATEST"]
        same = lambda v: ({k: x for k, x in v.configuration.items() if k not in ("modified", "Description")}, v.code["sha256"])
        last = function.versions.get(str(function.last_number))
        if last is None or same(last) != same(latest):
            function.last_number += 1
            last = Version(str(function.last_number), copy.deepcopy(latest.configuration), latest.code)
            if description is not None:
                last.configuration["Description"] = description
            function.versions[last.number] = last
            self._touch(last)
        return self._shown(function, last)

    def ListVersionsByFunction(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        shown, marker = page([self._shown(function, v) for v in function.versions.values()], i.get("Marker"),
                             i.get("MaxItems"), 50)
        return {"Versions": shown, "NextMarker": marker}

    def GetFunction(self, i: dict) -> dict:
        function, version, _ = self._qualified(i)
        code = ({"RepositoryType": "ECR", "ImageUri": version.code["image"], "ResolvedImageUri": version.code["resolved"]}
                if "image" in version.code else {"RepositoryType": "S3", "Location": "https://awslambda.invalid/code"})
        reserved = {"Concurrency": {"ReservedConcurrentExecutions": function.reserved}} if function.reserved is not None else {}
        return {"Configuration": self._shown(function, version), "Code": code, "Tags": function.tags, **reserved}

    def GetFunctionConfiguration(self, i: dict) -> dict:
        function, version, _ = self._qualified(i)
        return self._shown(function, version)

    def ListFunctions(self, i: dict) -> dict:
        shown, marker = page([self._shown(f, f.versions["$LATEST"]) for _, f in sorted(self.functions.items())],
                             i.get("Marker"), i.get("MaxItems"), 50)
        return {"Functions": shown, "NextMarker": marker}

    def DeleteFunction(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        qualifier = i.get("Qualifier") or self._names(i["FunctionName"])[1]
        if qualifier is None:
            del self.functions[function.name]
            return {}
        if any(qualifier in (a.version, *a.weights) for a in function.aliases.values()):
            raise AwsError("ResourceConflictException", "An alias points at this version", 409, Type="User")
        function.versions.pop(qualifier, None)
        return {}

    def _shown(self, function: Function, version: Version) -> dict:
        configuration, now = version.configuration, self.place.now
        suffix = "" if version.number == "$LATEST" else f":{version.number}"
        shown = {k: v for k, v in configuration.items() if k in SHOWN_AS_GIVEN}
        if "VpcConfig" in configuration:
            shown["VpcConfig"] = {"SubnetIds": [], "SecurityGroupIds": [], **configuration["VpcConfig"]}
        if "ImageConfig" in configuration:
            shown["ImageConfigResponse"] = {"ImageConfig": configuration["ImageConfig"]}
        if "Layers" in configuration:
            shown["Layers"] = [{"Arn": arn, "CodeSize": 1} for arn in configuration["Layers"]]
        shown["SnapStart"] = {"ApplyOn": configuration.get("SnapStart", {}).get("ApplyOn", "None"), "OptimizationStatus": "Off"}
        pending = now < function.active_at
        updating = now < function.updated_until and version.number == "$LATEST"
        return {**shown, "FunctionName": function.name, "FunctionArn": self._arn(function.name) + suffix,
                "Version": version.number, "RevisionId": version.revision, "CodeSha256": version.code["sha256"],
                "CodeSize": version.code["size"], "LastModified": iso(configuration["modified"])[:-1] + "+0000",
                "State": "Pending" if pending else "Active",
                "LastUpdateStatus": "InProgress" if pending or updating else "Successful",
                **({"StateReason": "The function is being created.", "StateReasonCode": "Creating"} if pending else {})}

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
        function.provisioned[qualifier] = {"requested": i["ProvisionedConcurrentExecutions"], "modified": self.place.now,
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
        ready = self.place.now >= config["ready_at"]
        available = config["requested"] if ready else 0
        return {"RequestedProvisionedConcurrentExecutions": config["requested"],
                "AllocatedProvisionedConcurrentExecutions": available, "AvailableProvisionedConcurrentExecutions": available,
                "Status": "READY" if ready else "IN_PROGRESS", "LastModified": iso(config["modified"])[:-1] + "+0000"}

    def PutFunctionConcurrency(self, i: dict) -> dict:
        function = self._function(i["FunctionName"])
        function.reserved = i["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": function.reserved}

    def GetFunctionConcurrency(self, i: dict) -> dict:
        return {"ReservedConcurrentExecutions": self._function(i["FunctionName"]).reserved}

    def DeleteFunctionConcurrency(self, i: dict) -> dict:
        self._function(i["FunctionName"]).reserved = None
        return {}

    # Invocation.

    def Invoke(self, i: dict):
        function, _, alias = self._qualified(i)
        if self.place.now < function.active_at:
            self._refuse_while_updating(function)
        number = self._drawn(alias) if alias else i.get("Qualifier") or self._names(i["FunctionName"])[1] or "$LATEST"
        if i.get("InvocationType") == "DryRun":
            return {"StatusCode": 204}
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

    # Names.

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

    def overview(self) -> dict:
        return {name: {"versions": list(f.versions), "aliases": {a.name: a.effective for a in f.aliases.values()}}
                for name, f in self.functions.items()}
