import { graphql } from "./gql/index.js";

export const Runs = graphql(`
  query Runs($after: String, $filter: RunFilter) {
    runs(first: 10, after: $after, filter: $filter) {
      edges {
        node {
          nodeId
          id
          status
          startedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const Run = graphql(`
  query Run($id: Int!) {
    run(id: $id) {
      nodeId
      status
      previous {
        nodeId
        status
      }
    }
  }
`);

export const Progress = graphql(`
  subscription Progress($run: Int!) {
    runProgress(id: $run) {
      completed
      total
      newSamples {
        nodeId
        regressionId
        status
      }
      run {
        nodeId
        status
      }
    }
  }
`);
