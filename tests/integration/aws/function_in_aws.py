"""A function of Lambda behind an alias, and the real program in folders of its own that deploys it."""

import io
import json
import zipfile
from pathlib import Path

from aws_simulator import Simulator
from sluice_in_aws import SluiceInAws, wait_until

FUNCTION, ALIAS = "mangaassist-overflow", "live"
FUNCTION_ARN = f"arn:aws:lambda:eu-west-1:123456789012:function:{FUNCTION}"
ROLE = "arn:aws:iam::123456789012:role/function"


def packed(word: str) -> bytes:
    """A package whose bytes are the same each time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), f"def handler(event, context):\n    return {word!r}\n")
    return data.getvalue()


class FunctionInAws(SluiceInAws):
    """With `lam`, botocore's client of Lambda."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, None)
        self.lam = aws.client("lambda")

    def make_function(self, name: str, **code: object) -> None:
        of_zip = {"Runtime": "python3.12", "Handler": "app.handler"} if "ZipFile" in code else {"PackageType": "Image"}
        self.lam.create_function(FunctionName=name, Role=ROLE, Code=code, **of_zip)
        self.settle(name)

    def settle(self, name: str = FUNCTION) -> None:
        def is_settled() -> bool:
            shown = self.lam.get_function_configuration(FunctionName=name)
            return shown["State"] == "Active" and shown["LastUpdateStatus"] == "Successful"
        wait_until("an update of the function", is_settled)

    def package(self, word: str) -> str:
        (self.folder / "dist").mkdir(exist_ok=True)
        (self.folder / "dist" / f"{word}.zip").write_bytes(packed(word))
        return f"dist/{word}.zip"

    def configure(self, steps: list[dict], place: dict | None = None, service: dict | None = None,
                  alarms: dict | None = None, analysis: dict | str = "off", name: str = "overflow") -> None:
        place = {"function": FUNCTION, "alias": ALIAS} | (place or {})
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": analysis, "alarms": alarms or {},
            "strategy": {"steps": steps, "drain": "100ms", "drain_websockets": "0s", "hold_for": "10m"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"}},
            "services": {name: {"kind": "function", "aws": place} | (service or {})}}, indent=1))

    def deploy(self, code: str, *arguments: str, check: bool = True, seconds: float = 180):
        return self.sluice("deploy", "overflow", "--environment", "staging", "--code", code, *arguments, check=check,
                           seconds=seconds)

    # What botocore sees.

    def alias(self) -> tuple[str, dict]:
        """The alias's version, and its additional weights."""
        shown = self.lam.get_alias(FunctionName=FUNCTION, Name=ALIAS)
        return shown["FunctionVersion"], shown.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def versions(self) -> list[str]:
        found = self.lam.get_paginator("list_versions_by_function").paginate(FunctionName=FUNCTION)
        return [v["Version"] for page in found for v in page["Versions"] if v["Version"] != "$LATEST"]

    def sha_of(self, version: str) -> str:
        return self.lam.get_function_configuration(FunctionName=FUNCTION, Qualifier=version)["CodeSha256"]

    def provisioned(self) -> dict[str, int]:
        found = self.lam.list_provisioned_concurrency_configs(FunctionName=FUNCTION)["ProvisionedConcurrencyConfigs"]
        return {c["FunctionArn"].rpartition(":")[2]: c["RequestedProvisionedConcurrentExecutions"] for c in found}
