import { graphql } from "relay-runtime";

export const RunQuery = graphql`
  query runQuery($id: Int!) {
    run(id: $id) {
      ...run_samples
    }
  }
`;

export const RunSamples = graphql`
  fragment run_samples on Run
  @refetchable(queryName: "runSamplesQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" }) {
    status
    startedAt
    samples(first: $count, after: $cursor, filter: { statuses: [FAIL] })
      @connection(key: "run_samples") {
      edges {
        node {
          regressionId
          status
        }
      }
    }
  }
`;
