# Starts a run when a file lands: trigger -> pipeline -> JAR on a cluster of its own.

locals {
  linked_service = "databricks"
  # The application that Databricks is in every tenant: what a token for its REST API is asked for.
  databricks_application = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"

  run = {
    name              = "Run"
    description       = "lakeproof run: takes everything that is new, whatever file started it."
    type              = "DatabricksSparkJar"
    linkedServiceName = { referenceName = local.linked_service, type = "LinkedServiceReference" }
    policy = {
      timeout                = var.timeout
      retry                  = var.retries
      retryIntervalInSeconds = 300
    }
    typeProperties = {
      mainClassName = var.main_class
      parameters = [
        "run",
        "@pipeline().parameters.spec",
        "--landing-event", "@pipeline().parameters.folderPath", "@pipeline().parameters.fileName",
        "--run-id", "@concat('adf-', pipeline().RunId)",
        "--anchor", var.anchors,
      ]
      libraries = [{ jar = var.jar }]
    }
  }

  # The activity's own error says only that the workload failed; the run's output says why. Its id ends the run's page.
  why = {
    name        = "ReadWhy"
    description = "Asks Databricks what the failed run said."
    type        = "WebActivity"
    dependsOn   = [{ activity = local.run.name, dependencyConditions = ["Failed"] }]
    policy      = { timeout = "0.00:05:00", retry = 2, retryIntervalInSeconds = 30 }
    typeProperties = {
      method         = "GET"
      url            = "@concat('https://${var.workspace_url}/api/2.1/jobs/runs/get-output?run_id=', last(split(activity('Run').output.runPageUrl, '/')))"
      authentication = { type = "MSI", resource = local.databricks_application }
    }
  }

  # A branch that ends well would make the whole pipeline count as succeeded: it has to fail, with what Lakeproof said.
  fail = {
    name        = "Fail"
    description = "Fails the pipeline with the reason; an alert tells a rejected batch from the rest by the code."
    type        = "Fail"
    dependsOn   = [{ activity = local.why.name, dependencyConditions = ["Completed"] }]
    typeProperties = {
      message   = "@coalesce(activity('ReadWhy')?.output?.error, activity('Run')?.error?.message, 'no reason given')"
      errorCode = "@if(contains(string(activity('ReadWhy')?.output), 'Failure$Rejected'), 'LakeproofRejected', 'LakeproofFailed')"
    }
  }
}

# Not azurerm_data_factory_linked_service_azure_databricks: that one can name neither a policy nor the access mode, and
# Unity Catalog answers to a dedicated cluster only. The factory's identity is what it logs in with; there is no token.
resource "azurerm_data_factory_linked_custom_service" "databricks" {
  name            = local.linked_service
  data_factory_id = var.data_factory_id
  description     = "A job cluster for each run, started as the factory's managed identity."
  type            = "AzureDatabricks"
  type_properties_json = jsonencode({
    domain                 = "https://${var.workspace_url}"
    authentication         = "MSI"
    workspaceResourceId    = var.workspace_id
    newClusterVersion      = var.cluster.spark_version
    newClusterNodeType     = var.cluster.node_type
    newClusterNumOfWorker  = "${var.cluster.min_workers}:${var.cluster.max_workers}"
    newClusterSparkEnvVars = var.environment_variables
    newClusterCustomTags   = var.tags
    policyId               = var.cluster.policy_id
    dataSecurityMode       = "SINGLE_USER"
  })
}

resource "azurerm_data_factory_pipeline" "run" {
  name            = "lakeproof_run"
  data_factory_id = var.data_factory_id
  description     = "Takes what landed into the dataset's next version."
  # Runs wait for each other, so that the second of two files that land together finds nothing left to do.
  concurrency     = 1
  parameters      = { spec = "", folderPath = "", fileName = "" }
  activities_json = jsonencode([local.run, local.why, local.fail])

  depends_on = [azurerm_data_factory_linked_custom_service.databricks]
}

resource "azurerm_data_factory_trigger_blob_event" "landing" {
  for_each              = var.datasets
  name                  = "landed_${each.key}"
  data_factory_id       = var.data_factory_id
  storage_account_id    = var.storage_account_id
  description           = "A file of ${each.key} has landed."
  events                = ["Microsoft.Storage.BlobCreated"]
  blob_path_begins_with = "/landing/blobs/${each.value.folder}/"
  blob_path_ends_with   = each.value.ends_with
  # A file appears empty before it is filled, and would start a run too early. A marker is empty for good.
  ignore_empty_blobs = startswith(each.value.ends_with, ".")
  activated          = true

  pipeline {
    name = azurerm_data_factory_pipeline.run.name
    parameters = {
      spec       = each.value.spec
      folderPath = "@triggerBody().folderPath"
      fileName   = "@triggerBody().fileName"
    }
  }
}
