// Prints what a client is told of a run, a line an event: node checks/watch.mjs CLIENT URL TOKEN RUN
import { Client, fetchExchange } from "@urql/core";
import { print } from "graphql";
import { createClient } from "graphql-sse";
import * as apollo from "../built/apollo.js";
import { Progress } from "../built/operations.js";
import * as urql from "../built/urql.js";

const [client, url, token, run] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const variables = { run: Number(run) };

function tell({ data, error }) {
  if (error) throw error;
  const { completed, newSamples, run } = data.runProgress;
  console.log(JSON.stringify([completed, newSamples.map((sample) => sample.regressionId), run.status]));
}

const end = () => process.exit(0);
const tellOrEnd = (result) => (result.hasNext ? tell(result) : end());

const watch = {
  apollo: () =>
    apollo
      .makeClient(url, token)
      .subscribe({ query: Progress, variables })
      .subscribe({ next: tell, complete: end }),
  urql: () => urql.makeClient(url, token).subscription(Progress, variables).subscribe(tellOrEnd),
  "urql over events": () =>
    new Client({
      url,
      fetchOptions: { headers },
      fetchSubscriptions: true,
      exchanges: [fetchExchange],
    })
      .subscription(Progress, variables)
      .subscribe(tellOrEnd),
  "graphql-sse": () =>
    createClient({ url, headers }).subscribe(
      { query: print(Progress), variables },
      { next: tell, error: (error) => tell({ error }), complete: end },
    ),
};
watch[client]();
