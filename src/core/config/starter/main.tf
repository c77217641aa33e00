# @NAME@ on Amazon ECS, as sluice deploys it: docs/guide/from-nothing-to-aws.md. cloudformation.yaml is the same for
# CloudFormation.
#
# What sluice moves at run time is ignored here (`ignore_changes`), so that the next `terraform apply` takes nothing
# back: the weights of the rules, and of the service what its task sets say. The first task set is no aws_ecs_task_set:
# sluice deletes it at the end of its first deployment, and Terraform would make it anew.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  has_image       = var.first_image != ""
  has_certificate = var.certificate != ""
  has_github      = var.github_repository != ""
}

resource "aws_ecr_repository" "images" {
  name                 = var.project
  image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"

  image_tag_mutability_exclusion_filter {
    filter_type = "WILDCARD"
    filter      = "latest"
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Images without a tag"
      selection    = { tagStatus = "untagged", countType = "imageCountMoreThan", countNumber = 50 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "tasks" {
  name              = "/ecs/${var.project}"
  retention_in_days = 30
}

resource "aws_security_group" "balancer" {
  name_prefix = "${var.project}-balancer-"
  description = "${var.project}: the world to the load balancer"
  vpc_id      = var.vpc

  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "tasks" {
  name_prefix = "${var.project}-tasks-"
  description = "${var.project}: the load balancer to the tasks"
  vpc_id      = var.vpc

  ingress {
    protocol        = "tcp"
    from_port       = var.port
    to_port         = var.port
    security_groups = [aws_security_group.balancer.id]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb" "main" {
  load_balancer_type = "application"
  internal           = false
  subnets            = var.balancer_subnets
  security_groups    = [aws_security_group.balancer.id]
}

# One for each colour in turn.
resource "aws_lb_target_group" "colours" {
  for_each             = toset(["blue", "green"])
  name                 = "${var.project}-${each.key}"
  vpc_id               = var.vpc
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.port
  deregistration_delay = 60

  health_check {
    path                = var.health_path
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
    matcher             = "200-399"
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  protocol          = "HTTP"
  port              = 80

  default_action {
    type = "fixed-response"
    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
    }
  }
}

resource "aws_lb_listener_rule" "http" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.colours["blue"].arn
        weight = 100
      }
      target_group {
        arn    = aws_lb_target_group.colours["green"].arn
        weight = 0
      }
    }
  }

  # sluice moves the weights.
  lifecycle {
    ignore_changes = [action]
  }
}

# Before the rule above, which stays as it is when a certificate comes later.
resource "aws_lb_listener_rule" "redirect" {
  count        = local.has_certificate ? 1 : 0
  listener_arn = aws_lb_listener.http.arn
  priority     = 5

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  count             = local.has_certificate ? 1 : 0
  load_balancer_arn = aws_lb.main.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate

  default_action {
    type = "fixed-response"
    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
    }
  }
}

resource "aws_lb_listener_rule" "https" {
  count        = local.has_certificate ? 1 : 0
  listener_arn = aws_lb_listener.https[0].arn
  priority     = 10

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.colours["blue"].arn
        weight = var.blue_weight
      }
      target_group {
        arn    = aws_lb_target_group.colours["green"].arn
        weight = var.green_weight
      }
    }
  }

  # sluice moves the weights.
  lifecycle {
    ignore_changes = [action]
  }
}

resource "aws_ecs_cluster" "main" {
  name = var.project
}

# sluice sets the weights, so the deployment controller is EXTERNAL. What runs, and in which network, say the task sets:
# AWS tells of the primary one's as if they were the service's, and these are ignored.
resource "aws_ecs_service" "main" {
  count         = local.has_image ? 1 : 0
  name          = var.project
  cluster       = aws_ecs_cluster.main.arn
  desired_count = var.desired_count
  force_delete  = true # with the task sets that sluice has made

  deployment_controller {
    type = "EXTERNAL"
  }

  lifecycle {
    ignore_changes = [
      desired_count, task_definition, load_balancer, network_configuration, launch_type, platform_version,
      capacity_provider_strategy,
    ]
  }
}

# The first one. sluice registers the next ones in this family, each as the one before with another image; an older one
# stays usable, since a rollback may want it.
resource "aws_ecs_task_definition" "first" {
  count                    = local.has_image ? 1 : 0
  family                   = var.project
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name         = var.project
    image        = var.first_image
    essential    = true
    portMappings = [{ containerPort = var.port, protocol = "tcp" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.tasks.name
        awslogs-region        = var.region
        awslogs-stream-prefix = var.project
      }
    }
  }])

  lifecycle {
    ignore_changes = all
  }
}

# The BLUE of the first deployment, made once, when this resource is, by the AWS CLI with the keys of its environment. A
# service that has a primary task set is left as it is.
resource "terraform_data" "first_task_set" {
  count = local.has_image ? 1 : 0

  provisioner "local-exec" {
    environment = {
      AWS_REGION = var.region
      CLUSTER    = aws_ecs_cluster.main.name
      SERVICE    = aws_ecs_service.main[0].name
      DEFINITION = aws_ecs_task_definition.first[0].arn
      NETWORK = jsonencode({ awsvpcConfiguration = {
        subnets        = var.task_subnets
        securityGroups = [aws_security_group.tasks.id]
        assignPublicIp = var.assign_public_ip ? "ENABLED" : "DISABLED"
      } })
      BALANCERS = jsonencode([{
        targetGroupArn = aws_lb_target_group.colours["blue"].arn
        containerName  = var.project
        containerPort  = var.port
      }])
    }
    command = <<-EOT
      set -e
      found=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --output text \
        --query "length(services[0].taskSets[?status=='PRIMARY'])")
      [ "$found" = 0 ] || exit 0
      first=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --output text \
        --query "services[0].taskSets[?externalId=='first'] | [0].id")
      [ "$first" != None ] || first=$(aws ecs create-task-set --cluster "$CLUSTER" --service "$SERVICE" \
        --external-id first --task-definition "$DEFINITION" --launch-type FARGATE --scale value=100,unit=PERCENT \
        --network-configuration "$NETWORK" --load-balancers "$BALANCERS" --query taskSet.id --output text)
      aws ecs update-service-primary-task-set --cluster "$CLUSTER" --service "$SERVICE" --primary-task-set "$first" \
        --query taskSet.status --output text
    EOT
  }

  # A target group takes targets once a rule leads to it.
  depends_on = [aws_lb_listener_rule.http]
}
