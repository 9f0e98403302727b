import { useQuery, useSubscription } from "@apollo/client/react";
import { graphql } from "./gql";

const LatestRuns = graphql(`
  query LatestRuns {
    runs(first: 10) {
      edges {
        node {
          nodeId
          id
          platform
          status
        }
      }
    }
  }
`);

const RunProgress = graphql(`
  subscription RunProgress($run: Int!) {
    runProgress(id: $run) {
      completed
      total
      run {
        nodeId
        status
      }
    }
  }
`);

export default function App() {
  const { data, error } = useQuery(LatestRuns);
  if (error) return <p role="alert">{error.message}</p>;
  if (!data?.runs) return <p>Loading…</p>;
  return (
    <ul>
      {data.runs.edges.map(({ node }) => (
        <li key={node.nodeId}>
          Run {node.id} on {node.platform}: {node.status}
          {node.status === "RUNNING" && <Progress run={node.id} />}
        </li>
      ))}
    </ul>
  );
}

function Progress({ run }: { run: number }) {
  const { data, error } = useSubscription(RunProgress, { variables: { run } });
  if (error) return <span role="alert"> {error.message}</span>;
  if (!data) return null;
  const { completed, total } = data.runProgress;
  return (
    <span>
      {" "}
      {completed} of {total} tests
    </span>
  );
}
