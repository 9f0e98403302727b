// Monaco comes first so that GraphiQL's stylesheets can override its own.
import 'monaco-graphql/esm/monaco-editor.js';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './main.css';

import { useEffect, useRef } from 'react';
import { createRoot } from 'react-dom/client';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import {
  pick,
  tryParseJSONC,
  useGraphiQL,
  useGraphiQLActions,
  useHeadersEditorState,
  useMonaco,
} from '@graphiql/react';
import { createGraphiQLFetcher, createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';

const WORKERS = { graphql: 'graphql.worker.js', json: 'json.worker.js' };
const HEADERS_SETTLE_MS = 600;

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new Worker(new URL(WORKERS[label] ?? 'editor.worker.js', import.meta.url)),
};

const config = JSON.parse(document.getElementById('graphiql-config').textContent);
const subscriptionUrl = new URL(config.endpoint, location.href);
subscriptionUrl.protocol = subscriptionUrl.protocol.replace('http', 'ws');
const fetcher = createGraphiQLFetcher({
  url: config.endpoint,
  subscriptionUrl: subscriptionUrl.href,
});
const plugins = [HISTORY_PLUGIN, explorerPlugin()];
const storage = storageWithoutHeaders();

// GraphiQL leaves the headers out of the stored tabs, but its history plugin
// would still write them, with any token in them, to localStorage.
function storageWithoutHeaders() {
  const local = createLocalStorage({ namespace: 'sample-gateway' });
  const { setItem } = local;
  local.setItem = (key, value) => {
    if (key === 'graphiql:queries' || key === 'graphiql:favorites') {
      value = JSON.stringify(JSON.parse(value), (name, part) =>
        name === 'headers' ? undefined : part,
      );
    }
    setItem(key, value);
  };
  return local;
}

// One spelling for equal headers; null for none, or for half-typed ones.
function canonical(headers) {
  try {
    return JSON.stringify(tryParseJSONC(headers)) ?? null;
  } catch {
    return null;
  }
}

// GraphiQL fetches the schema only once; where a token is needed, that is
// before the user could type it.
function SchemaFollowsHeaders() {
  const { introspect } = useGraphiQLActions();
  const { fetchError, responseEditor, schema } = useGraphiQL(
    pick('fetchError', 'responseEditor', 'schema'),
  );
  const current = canonical(useHeadersEditorState()[0]);
  const sent = useRef(canonical(config.headers));
  const shownError = useRef(null);

  useEffect(() => {
    if (current === null || current === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = current;
      introspect();
    }, HEADERS_SETTLE_MS);
    return () => clearTimeout(timer);
  }, [current, introspect]);

  // The response pane shows why the schema could not be fetched, and GraphiQL
  // would leave that there after a later fetch has worked.
  useEffect(() => {
    if (fetchError) {
      shownError.current = fetchError;
    } else if (schema && responseEditor?.getValue() === shownError.current) {
      responseEditor.setValue('');
    }
  }, [fetchError, responseEditor, schema]);

  return null;
}

// GraphiQL resets the headers for a new tab, and empties them for a history
// entry, which is stored without. The user would have to type the token again.
function HeadersStay() {
  const headerEditor = useGraphiQL(state => state.headerEditor);

  useEffect(() => {
    if (!headerEditor) return;
    let headers = headerEditor.getValue();
    const listener = headerEditor.onDidChangeModelContent(({ isFlush }) => {
      const value = headerEditor.getValue();
      const isReset = isFlush && (value === '' || value === config.headers);
      if (isReset && value !== headers) {
        headerEditor.setValue(headers);
      } else {
        headers = value;
      }
    });
    return () => listener.dispose();
  }, [headerEditor]);

  return null;
}

// So that a token is seen whole, and a query also beside an open panel.
function LinesWrap() {
  const { headerEditor, queryEditor } = useGraphiQL(pick('headerEditor', 'queryEditor'));

  useEffect(() => {
    for (const editor of [headerEditor, queryEditor]) editor?.updateOptions({ wordWrap: 'on' });
  }, [headerEditor, queryEditor]);

  return null;
}

function App() {
  const { actions, monaco } = useMonaco();
  useEffect(() => void actions.initialize(), [actions]);

  // GraphiQL takes the headers of its first schema request from an editor
  // that exists in time only if Monaco is there already.
  if (!monaco) return <p>Loading…</p>;

  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      storage={storage}
      defaultQuery={config.query}
      defaultHeaders={config.headers}
      defaultEditorToolsVisibility="headers"
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>Sample Gateway</GraphiQL.Logo>
      <SchemaFollowsHeaders />
      <HeadersStay />
      <LinesWrap />
    </GraphiQL>
  );
}

createRoot(document.getElementById('graphiql')).render(<App />);
