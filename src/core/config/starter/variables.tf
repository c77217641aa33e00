variable "region" {
  type = string
}

variable "project" {
  description = "The name of it all. sluice.yaml says it, too."
  type        = string
  default     = "@NAME@"
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,24}[a-z0-9])?$", var.project))
    error_message = "At most 26 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc" {
  description = "The id of the network that there is."
  type        = string
}

variable "balancer_subnets" {
  description = "Two or more in different zones, public ones for a service that the world may ask."
  type        = list(string)
}

variable "task_subnets" {
  description = "Where the containers run. They must reach ECR and CloudWatch Logs."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "false where the tasks' subnets have a NAT gateway or VPC endpoints."
  type        = bool
  default     = true
}

variable "certificate" {
  description = "ARN of a certificate of ACM in this region, for HTTPS. None: HTTP only."
  type        = string
  default     = ""
}

variable "first_image" {
  description = "The image of the first task set, by digest. None: the service is not made yet."
  type        = string
  default     = ""
}

variable "port" {
  description = "What the container listens on."
  type        = number
  default     = @PORT@
}

variable "health_path" {
  description = "Answers 200 to 399 when the container can serve."
  type        = string
  default     = @HEALTH_PATH@
}

variable "desired_count" {
  description = "How many tasks, when the service is made. While a deployment runs there are twice as many."
  type        = number
  default     = 2
}

variable "cpu" {
  description = "Of a task. 1024 are one processor."
  type        = number
  default     = 256
}

variable "memory" {
  description = "Of a task, in MiB. Fargate takes certain pairs of both only."
  type        = number
  default     = 512
}

variable "blue_weight" {
  description = "Of the HTTPS rule when it is made later than the rest: what the HTTP rule has then."
  type        = number
  default     = 100
}

variable "green_weight" {
  description = "Likewise."
  type        = number
  default     = 0
}

variable "github_repository" {
  description = "OWNER/NAME whose jobs at GitHub may take on the role of sluice. None: no jobs."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^$|^[A-Za-z0-9._-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$", var.github_repository))
    error_message = "OWNER/NAME, or with both ids OWNER@ID/NAME@ID: one repository, never a pattern."
  }
}

variable "github_branch" {
  description = "Only jobs of this branch."
  type        = string
  default     = @BRANCH@
  validation {
    condition     = can(regex("^[^*?$]+$", var.github_branch))
    error_message = "One branch, never a pattern."
  }
}

variable "github_provider" {
  description = "An account has one provider for GitHub's tokens. existing: it is there already."
  type        = string
  default     = "new"
  validation {
    condition     = contains(["new", "existing"], var.github_provider)
    error_message = "new or existing."
  }
}

variable "alarm_topic" {
  description = "ARN of an SNS topic that the alarms tell. None: they tell nobody."
  type        = string
  default     = ""
}

variable "error_lines" {
  description = "So many error lines a minute are an alarm."
  type        = number
  default     = 10
}
