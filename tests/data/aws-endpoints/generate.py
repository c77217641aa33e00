#!/usr/bin/env python3
"""Computes which host each service has in each kind of region by the rule sets of botocore (Apache-2.0), which are those that AWS
publishes for its SDKs. Needs botocore. Writes endpoints.txt beside itself: service region fips(0/1) host.
"""
import os
from pathlib import Path

import botocore.config
import botocore.session

SERVICES = ["apigateway", "apigatewayv2", "appconfig", "application-autoscaling", "cloudwatch", "codedeploy", "ecr", "ecs", "elbv2",
            "events", "iam", "lambda", "logs", "s3", "secretsmanager", "sns", "ssm", "sso", "sso-oidc", "sts"]
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2", "ca-central-1", "cn-north-1", "us-gov-west-1", "us-gov-east-1"]
# AWS has endpoints of FIPS 140 for most of these services in the United States, Canada and GovCloud.
FIPS_REGIONS = ["us-east-1", "us-gov-west-1", "us-gov-east-1"]


def host(session: botocore.session.Session, service: str, region: str, fips: bool) -> str:
    config = botocore.config.Config(use_fips_endpoint=fips, s3={"us_east_1_regional_endpoint": "regional"})
    client = session.create_client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b", config=config)
    operation = "ListBuckets" if service == "s3" else client.meta.service_model.operation_names[0]
    endpoint = client._ruleset_resolver.construct_endpoint(
        operation_model=client.meta.service_model.operation_model(operation), call_args={},
        request_context={"client_region": region, "client_config": client.meta.config, "context": {}})
    return endpoint.url.removeprefix("https://")


def main() -> None:
    os.environ["AWS_STS_REGIONAL_ENDPOINTS"] = "regional"
    session = botocore.session.Session()
    lines = [f"{service} {region} {int(fips)} {host(session, service, region, fips)}"
             for service in SERVICES for fips in (False, True) for region in (FIPS_REGIONS if fips else REGIONS)]
    (Path(__file__).resolve().parent / "endpoints.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
