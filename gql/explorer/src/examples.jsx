// Fills the variables of recipes from what the platform has.
import { useEffect, useRef, useState } from 'react';
import { pick, useGraphiQL } from '@graphiql/react';
import { authorization, config, onTokenChange } from './bar.js';

const QUERY = `query Examples {
  ofPullRequest: runs(first: 1, filter: { trigger: PULL_REQUEST, statuses: [FAIL] }) { ...Failing }
  ofCommit: runs(first: 1, filter: { statuses: [FAIL] }) { ...Failing }
  testing: runs(first: 1, filter: { states: [TESTING] }) { nodes { id } }
}
fragment Failing on RunConnection {
  nodes {
    id
    pullRequest
    samples(first: 1, filter: { statuses: [FAIL, MISSING_OUTPUT] }) { nodes { regressionId } }
    differing: samples(first: 1, filter: { failureKinds: [OUTPUT_DIFF] }) { nodes { regressionId } }
  }
}`;

// The values of variables by their names; none if the platform has no failing run, or does not say.
async function fetchExamples() {
  const headers = { ...authorization(), 'Content-Type': 'application/json' };
  if (!headers.Authorization) return {};
  const body = JSON.stringify({ query: QUERY });
  const response = await fetch(config.graphql, { method: 'POST', headers, body });
  const { data } = await response.json();
  const failing = data?.ofPullRequest?.nodes[0] ?? data?.ofCommit?.nodes[0];
  return {
    runId: failing?.id,
    // Of a test whose output differs, the difference can be seen.
    regressionId: (failing?.differing?.nodes[0] ?? failing?.samples?.nodes[0])?.regressionId,
    pullRequest: failing?.pullRequest ?? undefined,
    testing: data?.testing?.nodes[0]?.id,
  };
}

// A recipe has a run, a test or a pull request of the demo as the default of such a variable.
function variablesOf(recipe, examples) {
  const isWatch = /^subscription /m.test(recipe);
  const values = isWatch ? { runId: examples.testing ?? examples.runId } : examples;
  const names = [...recipe.matchAll(/\$(\w+): Int! = /g)].map(([, name]) => name);
  const known = names.filter(name => values[name] !== undefined);
  return known.length ? Object.fromEntries(known.map(name => [name, values[name]])) : null;
}

export function Examples() {
  const { activeTabIndex, queryEditor, tabs, variableEditor } = useGraphiQL(
    pick('activeTabIndex', 'queryEditor', 'tabs', 'variableEditor'),
  );
  const [examples, setExamples] = useState({});
  const filled = useRef(new Set());
  const { id, query, variables } = tabs[activeTabIndex];

  useEffect(() => {
    // Without them, a recipe asks for what its defaults name.
    const update = () => fetchExamples().then(setExamples, () => setExamples({}));
    update();
    return onTokenChange(update);
  }, []);

  useEffect(() => {
    const values = config.cookbook.includes(query) && variablesOf(query, examples);
    const tab = `${id} ${query}`;
    // What is typed gets into the tab a little later.
    const isUntouched = queryEditor?.getValue() === query && variableEditor?.getValue().trim() === '';
    if (!values || !isUntouched || filled.current.has(tab)) return;
    filled.current.add(tab);
    // GraphiQL restores a tab after a reload only if it has stored both.
    queryEditor.setValue(query);
    variableEditor.setValue(JSON.stringify(values, null, 2));
  }, [examples, id, query, queryEditor, variables, variableEditor]);

  return null;
}
