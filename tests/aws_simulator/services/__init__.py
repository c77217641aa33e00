"""The services that move in this simulator, by botocore's names; each class answers for one in one place.

A method with an operation's name takes the operation's input (checked against the model) and returns its output. What a
class does not have is moto's.
"""
from .api_gateway import Gateway
from .api_gateway_v2 import GatewayV2
from .appconfig import AppConfig, AppConfigData
from .cloudwatch import Metrics
from .codedeploy import CodeDeploy
from .elbv2 import LoadBalancing
from .ecr import Registry
from .ecs import ContainerService
from .iam import Identity
from .lambda_functions import Functions
from .logs import Logs
from .prometheus import Prometheus
from .scaling import Scaling
from .sso import Portal, Tokens
from .sts import SecurityTokens
from .traffic import Traffic

ALL = {
    "amp": Prometheus,
    "application-autoscaling": Scaling,
    "apigateway": Gateway,
    "apigatewayv2": GatewayV2,
    "appconfig": AppConfig,
    "appconfigdata": AppConfigData,
    "cloudwatch": Metrics,
    "codedeploy": CodeDeploy,
    "ecr": Registry,
    "ecs": ContainerService,
    "elbv2": LoadBalancing,
    "iam": Identity,
    "lambda": Functions,
    "logs": Logs,
    "sso": Portal,
    "sso-oidc": Tokens,
    "sts": SecurityTokens,
    "traffic": Traffic,
}
