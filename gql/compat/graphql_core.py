"""graphql-core's class `Executor`, whose methods `Execution` overrides and calls."""

# Each method with its parameters, and what `gql.execution.streaming.Execution` uses it for.
EXECUTOR_METHODS = {
    "execute_operation": (["serially"], "to limit the time of an execution"),
    "complete_object_value": (
        ["return_type", "field_details_list", "info", "path", "result", "position_context"],
        "to count objects",
    ),
    "execute_fields": (
        ["parent_type", "source_value", "path", "grouped_field_set", "position_context"],
        "to count the bytes of field names",
    ),
    "complete_leaf_value": (["return_type", "result"], "to count the bytes of strings"),
    "complete_awaitable_value": (
        ["return_type", "field_details_list", "info", "path", "result", "position_context"],
        "to let the event loop turn",
    ),
    "complete_iterable_value": (
        ["item_type", "field_details_list", "info", "path", "items", "position_context"],
        "to complete long lists in steps",
    ),
    "complete_list_item_value": (
        [
            "item",
            "complete_results",
            "item_type",
            "field_details_list",
            "info",
            "item_path",
            "position_context",
        ],
        "to complete an item of a long list",
    ),
    "settle_in_background": (["awaitables"], "to await the items of a list that failed"),
    "handle_field_error": (
        ["raw_error", "return_type", "field_details_list", "path"],
        "to report an exceeded limit once",
    ),
}
