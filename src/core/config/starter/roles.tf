data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  account         = data.aws_caller_identity.here.account_id
  partition       = data.aws_partition.here.partition
  ecs             = "arn:${local.partition}:ecs:${var.region}:${local.account}"
  github_provider = "token.actions.githubusercontent.com"
}

data "aws_iam_policy_document" "tasks_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "task" {
  name               = "${var.project}-task"
  assume_role_policy = data.aws_iam_policy_document.tasks_trust.json
}

resource "aws_iam_role" "execution" {
  name               = "${var.project}-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks_trust.json
}

data "aws_iam_policy_document" "execution" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.images.arn]
  }
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.tasks.arn}:*"]
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = local.has_github && var.github_provider == "new" ? 1 : 0
  url            = "https://${local.github_provider}"
  client_id_list = ["sts.amazonaws.com"]
}

# May be taken on by whom this account allows sts:AssumeRole of it, and by the jobs of the repository.
data "aws_iam_policy_document" "sluice_trust" {
  statement {
    sid     = "Account"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }
  dynamic "statement" {
    for_each = local.has_github ? [1] : []
    content {
      sid     = "GitHub"
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = ["arn:${local.partition}:iam::${local.account}:oidc-provider/${local.github_provider}"]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.github_provider}:aud"
        values   = ["sts.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.github_provider}:sub"
        values   = ["repo:${var.github_repository}:ref:refs/heads/${var.github_branch}"]
      }
    }
  }
}

resource "aws_iam_role" "sluice" {
  name               = "${var.project}-sluice"
  assume_role_policy = data.aws_iam_policy_document.sluice_trust.json
}

# What `sluice iam-policy` prints, narrowed to these roles and this family; the push of images; and what `sluice doctor`
# asks. DefaultRules is for a listener's default rule, which sluice moves where sluice.yaml names it.
data "aws_iam_policy_document" "sluice" {
  statement {
    sid       = "Services"
    actions   = ["ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"]
    resources = ["${local.ecs}:service/${var.project}/${var.project}"]
  }
  statement {
    sid       = "TaskSets"
    actions   = ["ecs:DeleteTaskSet", "ecs:DescribeTaskSets"]
    resources = ["${local.ecs}:task-set/${var.project}/${var.project}/*"]
  }
  statement {
    sid       = "NewTaskSets"
    actions   = ["ecs:CreateTaskSet"]
    resources = ["*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.main.arn]
    }
    condition {
      test     = "ArnEquals"
      variable = "ecs:service"
      values   = ["${local.ecs}:service/${var.project}/${var.project}"]
    }
  }
  statement {
    sid       = "StoppedTasks"
    actions   = ["ecs:DescribeTasks"]
    resources = ["${local.ecs}:task/${var.project}/*"]
  }
  statement {
    sid       = "ListTasks"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.main.arn]
    }
  }
  statement {
    sid       = "NewTaskDefinitions"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = ["${local.ecs}:task-definition/${var.project}:*"]
  }
  statement {
    sid       = "TagsOfNewTaskDefinitions"
    actions   = ["ecs:TagResource"]
    resources = ["${local.ecs}:task-definition/${var.project}:*"]
    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RegisterTaskDefinition"]
    }
  }
  statement {
    sid       = "RolesOfTasks"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.task.arn, aws_iam_role.execution.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid       = "Rules"
    actions   = ["elasticloadbalancing:ModifyRule"]
    resources = concat([aws_lb_listener_rule.http.arn], aws_lb_listener_rule.https[*].arn)
  }
  statement {
    sid       = "DefaultRules"
    actions   = ["elasticloadbalancing:ModifyListener"]
    resources = concat([aws_lb_listener.http.arn], aws_lb_listener.https[*].arn)
  }
  statement {
    sid       = "ScalingIn"
    actions   = ["application-autoscaling:RegisterScalableTarget"]
    resources = ["arn:${local.partition}:application-autoscaling:${var.region}:${local.account}:scalable-target/*"]
    condition {
      test     = "StringEquals"
      variable = "application-autoscaling:service-namespace"
      values   = ["ecs"]
    }
  }
  statement {
    sid = "Look"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "cloudwatch:GetMetricData",
      "ecs:DescribeTaskDefinition",
      "ecs:ListTaskDefinitions",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }
  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["Sluice"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }
  statement {
    sid       = "LogsOfTasks"
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = ["${aws_cloudwatch_log_group.tasks.arn}:*"]
  }
  statement {
    sid = "Images"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:GetLifecyclePolicy",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.images.arn]
  }
  statement {
    sid       = "LoginToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }
  statement {
    sid       = "Doctor"
    actions   = ["iam:GetRole", "iam:SimulatePrincipalPolicy"]
    resources = [aws_iam_role.sluice.arn]
  }
}

resource "aws_iam_role_policy" "sluice" {
  name   = "sluice"
  role   = aws_iam_role.sluice.name
  policy = data.aws_iam_policy_document.sluice.json
}
