# What sluice.yaml waits for: each is written there as FILL_IN_ with its name.
output "region" {
  value = var.region
}

output "role" {
  value = aws_iam_role.sluice.arn
}

output "registry" {
  value = "${local.account}.dkr.ecr.${var.region}.${data.aws_partition.here.dns_suffix}"
}

output "groups" {
  value = join(", ", [aws_lb_target_group.colours["blue"].name, aws_lb_target_group.colours["green"].name])
}

output "rules" {
  value = join(", ", concat([aws_lb_listener_rule.http.arn], aws_lb_listener_rule.https[*].arn))
}

output "address" {
  value = aws_lb.main.dns_name
}
