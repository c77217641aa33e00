"""IAM: moto keeps roles and policies and holds nobody to them. Whether something is allowed is what fault rules say.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""
from ..problems import AwsError
from .service import Service, page

MOST_RESULTS = 1000  # of one page; a hundred unless asked for


class Identity(Service):
    NAME = "iam"

    def SimulatePrincipalPolicy(self, i: dict) -> dict:
        """Each action is denied where a rule of the kind `denied` would hit it for the keys of `sluice`, else allowed.

        A role is known by its whole ARN, with its path; users are not looked for, since keys have theirs without IAM.
        """
        self._check_principal(i["PolicySourceArn"])
        resources = i.get("ResourceArns", ["*"])
        results = []
        for action in i["ActionNames"]:
            service, _, operation = action.partition(":")
            service = {"elasticloadbalancing": "elbv2", "aps": "amp"}.get(service, service)
            denied = any(rule.kind == "denied" and rule.matches(service, operation, self.place.region, "sluice")
                         for rule in self.world.faults.rules)
            results += [{"EvalActionName": action, "EvalResourceName": resource, "MatchedStatements": [],
                         "EvalDecision": "implicitDeny" if denied else "allowed", "MissingContextValues": []}
                        for resource in resources]
        results, marker = page(results, i.get("Marker"), i.get("MaxItems", 100), MOST_RESULTS)
        return {"EvaluationResults": results, "IsTruncated": marker is not None} | ({"Marker": marker} if marker else {})

    def _check_principal(self, arn: str) -> None:
        name = arn.rpartition("/")[2]
        if ":role/" in arn and self.store("GetRole", RoleName=name)["Role"]["Arn"] != arn:
            raise AwsError("NoSuchEntity", f"The role with name {arn.partition(':role/')[2]} cannot be found.", 404)
