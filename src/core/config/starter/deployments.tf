# How deployments go, by the metrics that sluice publishes at the end of each (cloudwatch in sluice.yaml). All windows
# are a week, the longest that an alarm may have.
locals {
  deployments = { Project = var.project, Environment = "production", Service = var.project }
  week        = 604800
}

resource "aws_cloudwatch_metric_alarm" "deployment_success" {
  alarm_name          = "${var.project}-deployment-success"
  alarm_description   = "Fewer than 95 % of a week's deployments succeeded"
  namespace           = "Sluice"
  metric_name         = "DeploymentSuccess"
  dimensions          = local.deployments
  statistic           = "Average"
  period              = local.week
  comparison_operator = "LessThanThreshold"
  threshold           = 0.95
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "deployment_duration" {
  alarm_name          = "${var.project}-deployment-duration"
  alarm_description   = "One of twenty deployments of a week took more than 20 minutes"
  namespace           = "Sluice"
  metric_name         = "DeploymentDuration"
  dimensions          = local.deployments
  extended_statistic  = "p95"
  period              = local.week
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1200
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "rollbacks" {
  alarm_name          = "${var.project}-rollbacks"
  alarm_description   = "More than 2 rollbacks in a week"
  namespace           = "Sluice"
  metric_name         = "Rollbacks"
  dimensions          = local.deployments
  statistic           = "Sum"
  period              = local.week
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "slow_recoveries" {
  alarm_name          = "${var.project}-slow-recoveries"
  alarm_description   = "A week's rollbacks took more than 5 minutes on average, from the first sign to BLUE's traffic"
  namespace           = "Sluice"
  metric_name         = "TimeToRecovery"
  dimensions          = local.deployments
  statistic           = "Average"
  period              = local.week
  comparison_operator = "GreaterThanThreshold"
  threshold           = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "rollback_today" {
  alarm_name          = "${var.project}-rollback-today"
  alarm_description   = "A rollback within a day"
  namespace           = "Sluice"
  metric_name         = "Rollbacks"
  dimensions          = local.deployments
  statistic           = "Sum"
  period              = 86400
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
}

# The mean of a week stays too high for days, and an alarm tells nobody again while it stays: with a rollback of today
# beside it, each day with one tells anew.
resource "aws_cloudwatch_composite_alarm" "recovery" {
  alarm_name        = "${var.project}-recovery"
  alarm_description = "The mean time to recovery is more than 5 minutes"
  alarm_rule        = "ALARM(\"${aws_cloudwatch_metric_alarm.slow_recoveries.alarm_name}\") AND ALARM(\"${aws_cloudwatch_metric_alarm.rollback_today.alarm_name}\")"
  alarm_actions     = local.alarm_actions
}
