# The same without Data Factory: Databricks looks at the landing by itself, about once a minute, and starts the run.

locals {
  # d.hh:mm:ss
  timeout = [for number in split(":", replace(var.timeout, ".", ":")) : parseint(number, 10)]
}

resource "databricks_job" "run" {
  for_each            = var.datasets
  name                = "lakeproof run ${each.key}"
  description         = "Takes what landed into the dataset's next version."
  max_concurrent_runs = 1
  tags                = var.tags

  # Files that land while a run is at work start the next one.
  queue {
    enabled = true
  }

  run_as {
    service_principal_name = var.run_as
  }

  trigger {
    file_arrival {
      url = "${var.landing_url}${each.value.folder}/"
      # Who drops several files gets one run: it starts when none has come for a minute.
      wait_after_last_change_seconds = 60
    }
  }

  job_cluster {
    job_cluster_key = "run"
    new_cluster {
      spark_version      = var.cluster.spark_version
      node_type_id       = var.cluster.node_type
      policy_id          = var.cluster.policy_id
      data_security_mode = "SINGLE_USER"
      autoscale {
        min_workers = var.cluster.min_workers
        max_workers = var.cluster.max_workers
      }
    }
  }

  task {
    task_key                  = "run"
    job_cluster_key           = "run"
    timeout_seconds           = ((local.timeout[0] * 24 + local.timeout[1]) * 60 + local.timeout[2]) * 60 + local.timeout[3]
    max_retries               = var.retries
    min_retry_interval_millis = 300000
    spark_jar_task {
      main_class_name = var.main_class
      parameters      = ["run", each.value.spec, "--run-id", "job-{{job.run_id}}", "--anchor", var.anchors]
    }
    library {
      jar = var.jar
    }
  }

  email_notifications {
    on_failure = var.alert_emails
  }
}
