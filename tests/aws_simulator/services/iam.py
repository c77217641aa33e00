"""IAM: moto keeps roles and policies and holds nobody to them. Whether something is allowed is what fault rules say.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""
from .service import Service


class Identity(Service):
    NAME = "iam"

    def SimulatePrincipalPolicy(self, i: dict) -> dict:
        """Each action is denied where a rule of the kind `denied` would hit it for the keys of `sluice`, else allowed."""
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
        return {"EvaluationResults": results, "IsTruncated": False}
