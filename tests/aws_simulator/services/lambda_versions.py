"""Code, configuration and versions of Lambda's functions; an update takes a while.

https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""
import base64
import copy
import hashlib
import io
import re
import zipfile

from ..problems import AwsError
from ..request_log import iso
from .lambda_state import Function, FunctionStore, Version
from .service import page

# What a configuration shows as it was given.
SHOWN_AS_GIVEN = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "DeadLetterConfig", "Environment",
                  "KMSKeyArn", "TracingConfig", "FileSystemConfigs", "PackageType", "Architectures", "EphemeralStorage",
                  "LoggingConfig")
CONFIGURABLE = {*SHOWN_AS_GIVEN, "VpcConfig", "Layers", "ImageConfig", "SnapStart"} - {"PackageType", "Architectures"}


class Versions(FunctionStore):

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
                    "resolved": given["ImageUri"].split("@")[0].split(":")[0] + "@" + digest}
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
