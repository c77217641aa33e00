# The same limits stand in sluice.yaml, where sluice judges them for the new version alone. These watch at all times,
# and both colours as one.
locals {
  alarm_actions = var.alarm_topic == "" ? [] : [var.alarm_topic]
  balancer      = { LoadBalancer = aws_lb.main.arn_suffix }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.project}-http-5xx"
  alarm_description   = "More than 1 % of the answers are 5xx, in 2 of 3 minutes"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions

  metric_query {
    id          = "share"
    label       = "5xx in percent"
    expression  = "100 * FILL(errors, 0) / requests"
    return_data = true
  }

  metric_query {
    id = "errors"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      dimensions  = local.balancer
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id = "requests"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCount"
      dimensions  = local.balancer
      period      = 60
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "${var.project}-p95"
  alarm_description   = "One answer of twenty takes more than 3 s, in 3 of 5 minutes"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  dimensions          = local.balancer
  extended_statistic  = "p95"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = 3
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "health" {
  alarm_name          = "${var.project}-unhealthy"
  alarm_description   = "A task fails its health check"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions

  metric_query {
    id          = "unhealthy"
    label       = "unhealthy tasks"
    expression  = "FILL(blue, 0) + FILL(green, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = aws_lb_target_group.colours
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = "UnHealthyHostCount"
        dimensions  = merge(local.balancer, { TargetGroup = metric_query.value.arn_suffix })
        period      = 60
        stat        = "Maximum"
      }
    }
  }
}

resource "aws_cloudwatch_log_metric_filter" "error_lines" {
  name           = "error-lines"
  log_group_name = aws_cloudwatch_log_group.tasks.name
  pattern        = "?ERROR ?CRITICAL ?FATAL"

  metric_transformation {
    namespace     = var.project
    name          = "ErrorLines"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "log" {
  alarm_name          = "${var.project}-error-log"
  alarm_description   = "Many error lines in the log, in 2 of 3 minutes"
  namespace           = var.project
  metric_name         = "ErrorLines"
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_lines
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
}
