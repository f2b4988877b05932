# The whole of this environment, made by providers that ask no cloud.

mock_provider "azurerm" {
  mock_resource "azurerm_databricks_workspace" {
    defaults = { workspace_url = "adb-1.1.azuredatabricks.net" }
  }
}
mock_provider "azuread" {}
mock_provider "databricks" {}

run "a_file_that_lands_starts_a_run" {
  command = apply

  assert {
    condition = alltrue([for name, trigger in output.data_factory.triggers : (
      trigger.properties.typeProperties.blobPathBeginsWith == "/landing/blobs/${trimprefix(name, "landed_")}/" &&
      toset(trigger.properties.typeProperties.events) == toset(["Microsoft.Storage.BlobCreated"]) &&
      trigger.properties.typeProperties.scope == module.storage.id
    )])
    error_message = "A trigger looks beyond its dataset's folder in the landing."
  }
  assert {
    condition     = length(output.data_factory.triggers) == length(var.datasets)
    error_message = "Every dataset has its trigger."
  }
  assert {
    condition     = output.bundle.file_arrival == "PAUSED"
    error_message = "A factory and the bundle's job would both start a run."
  }
  assert {
    condition = alltrue([for trigger in output.data_factory.triggers : alltrue([for pipeline in trigger.properties.pipelines : (
      pipeline.pipelineReference.referenceName == "lakeproof_run" &&
      pipeline.parameters.folderPath == "@triggerBody().folderPath" &&
      pipeline.parameters.fileName == "@triggerBody().fileName"
    )])])
    error_message = "The trigger says which file it was."
  }
}

run "a_run_is_the_jar_with_retry_and_time_out_and_a_branch_that_fails" {
  command = plan

  assert {
    condition = one([for activity in output.data_factory.pipelines.lakeproof_run.properties.activities : [
      activity.typeProperties.mainClassName, activity.typeProperties.parameters, activity.policy.retry, activity.policy.timeout
      ] if activity.type == "DatabricksSparkJar"]) == [
      "io.lakeproof.jobs.cli.Lakeproof",
      ["run", "@pipeline().parameters.spec", "--landing-event", "@pipeline().parameters.folderPath", "@pipeline().parameters.fileName",
      "--run-id", "@concat('adf-', pipeline().RunId)", "--anchor", output.bundle.anchors],
      var.run_retries, var.run_timeout,
    ]
    error_message = "The JAR's main class, its parameters, retry and time-out."
  }
  assert {
    condition     = anytrue([for activity in output.data_factory.pipelines.lakeproof_run.properties.activities : activity.type == "Fail" && try(activity.dependsOn[0].dependencyConditions[0], "") == "Completed"])
    error_message = "A failure branch that does not fail itself makes the pipeline succeed."
  }
  assert {
    condition     = output.data_factory.linkedServices.databricks.properties.typeProperties.authentication == "MSI" && !can(output.data_factory.linkedServices.databricks.properties.typeProperties.accessToken)
    error_message = "The factory logs in as itself."
  }
  assert {
    condition     = output.data_factory.pipelines.lakeproof_run.properties.concurrency == 1
    error_message = "Runs of one factory wait for each other."
  }
}

run "every_role_is_one_of_these" {
  command = apply

  assert {
    condition = { for name, role in output.roles : name => [role.role, role.scope, role.principal] } == merge(
      # Container by container, never the account.
      { for name in ["raw", "training", "testing", "quarantine", "lineage", "evidence", "scratch", "code"] : "connector-${name}" => ["Storage Blob Data Contributor", module.storage.container_ids[name], module.databricks.access_connector_principal_id] },
      {
        connector-landing   = ["Storage Blob Data Reader", module.storage.container_ids["landing"], module.databricks.access_connector_principal_id]
        connector-delegator = ["Storage Blob Delegator", module.storage.id, module.databricks.access_connector_principal_id]
        databricks-vault    = ["Key Vault Secrets User", module.vault.id, data.azuread_service_principal.azure_databricks.object_id]
        trainer-training    = ["Storage Blob Data Reader", module.storage.container_ids["training"], module.training.principal_id]
        trainer-testing     = ["Storage Blob Data Reader", module.storage.container_ids["testing"], module.training.principal_id]
        trainer-registry    = ["AcrPull", module.machine_learning.registry_id, module.training.principal_id]
        trainer-storage     = ["Storage Blob Data Contributor", module.machine_learning.storage_id, module.training.principal_id]
        factory-workspace   = ["Contributor", module.databricks.id, module.data_factory[0].principal_id]
      },
    )
    error_message = "A role was added, widened or taken away: ${jsonencode(output.roles)}"
  }
}
