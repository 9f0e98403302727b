"""The Sample Gateway: GraphQL over the results of the CCExtractor Sample Platform."""
