// Relay before the demo platform; URL and TOKEN are of the gateway.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchQuery } from "relay-runtime";
import runQuery from "../relay/__generated__/runQuery.graphql.js";
import runSamplesQuery from "../relay/__generated__/runSamplesQuery.graphql.js";
import { makeEnvironment } from "../relay/environment.js";

test("a run is fetched again by its nodeId", async () => {
  const environment = makeEnvironment(process.env.URL, process.env.TOKEN);
  const fetched = (query, variables) => fetchQuery(environment, query, variables).toPromise();

  const { run } = await fetched(runQuery, { id: 11 });
  const { node } = await fetched(runSamplesQuery, { nodeId: run.__id, count: 3 });

  assert.equal(node.__id, run.__id);
  const known = environment.getStore().getSource();
  const page = known.get(run.__id)['samples(filter:{"statuses":["FAIL"]},first:3)'];
  assert.equal(known.get(page.__ref).edges.__refs.length, 3);
});
