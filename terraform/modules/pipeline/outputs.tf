output "rendered" {
  description = "What the factory was given, as its REST API has it."
  value = {
    linkedServices = {
      (azurerm_data_factory_linked_custom_service.databricks.name) = {
        properties = {
          type           = azurerm_data_factory_linked_custom_service.databricks.type
          typeProperties = jsondecode(azurerm_data_factory_linked_custom_service.databricks.type_properties_json)
        }
      }
    }
    pipelines = {
      (azurerm_data_factory_pipeline.run.name) = {
        properties = {
          concurrency = azurerm_data_factory_pipeline.run.concurrency
          parameters  = { for name, value in azurerm_data_factory_pipeline.run.parameters : name => { type = "String", defaultValue = value } }
          activities  = jsondecode(azurerm_data_factory_pipeline.run.activities_json)
        }
      }
    }
    triggers = {
      for trigger in azurerm_data_factory_trigger_blob_event.landing : trigger.name => {
        properties = {
          type = "BlobEventsTrigger"
          typeProperties = {
            blobPathBeginsWith = trigger.blob_path_begins_with
            blobPathEndsWith   = trigger.blob_path_ends_with
            ignoreEmptyBlobs   = trigger.ignore_empty_blobs
            events             = trigger.events
            scope              = trigger.storage_account_id
          }
          pipelines = [for pipeline in trigger.pipeline : {
            pipelineReference = { referenceName = pipeline.name, type = "PipelineReference" }
            parameters        = pipeline.parameters
          }]
        }
      }
    }
  }
}
