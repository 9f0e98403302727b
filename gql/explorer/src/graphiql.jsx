// Monaco comes first so that GraphiQL's stylesheets can override its own.
import 'monaco-graphql/esm/monaco-editor.js';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './graphiql.css';

import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { createGraphiQLFetcher, createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { authorization, config, isRefusal, onTokenChange, showRefusal } from './bar.js';
import { COOKBOOK_PLUGIN } from './cookbook.jsx';
import { Differences } from './differences.jsx';
import { Examples } from './examples.jsx';

const WORKERS = { graphql: 'graphql.worker.js', json: 'json.worker.js' };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new Worker(new URL(WORKERS[label] ?? 'editor.worker.js', import.meta.url)),
};

const socketUrl = new URL(config.graphql, location.href);
socketUrl.protocol = socketUrl.protocol.replace('http', 'ws');
const socket = createClient({
  url: socketUrl.href,
  connectionParams: authorization,
  retryAttempts: 0,
});

// What is thrown here is no Error, because GraphiQL would show its stack.
async function authorizedFetch(url, { headers, ...options }) {
  const response = await fetch(url, {
    ...options,
    headers: { ...headers, ...authorization() },
  }).catch(({ message }) => {
    throw { message: `The gateway cannot be reached: ${message}.` };
  });
  if (!/json|multipart/.test(response.headers.get('Content-Type'))) {
    throw { message: `The gateway cannot be reached: ${response.status} is answered for it.` };
  }
  if (isRefusal(response.status)) {
    const { errors } = await response.clone().json();
    showRefusal(errors[0].message);
  } else {
    showRefusal();
  }
  return response;
}

const send = createGraphiQLFetcher({
  url: config.graphql,
  fetch: authorizedFetch,
  wsClient: {
    subscribe: (operation, sink) =>
      socket.subscribe(operation, {
        ...sink,
        error: error =>
          sink.error(
            error instanceof CloseEvent
              ? { message: error.reason || `The connection was closed with code ${error.code}.` }
              : error,
          ),
      }),
  },
});

// GraphiQL learns only a moment after a tab is opened which operations are in it.
function fetcher(request, options) {
  let documentAST;
  try {
    documentAST = parse(request.query);
  } catch {
    return send(request, options);
  }
  const operation = getOperationAST(documentAST, request.operationName) ?? getOperationAST(documentAST);
  return send({ ...request, operationName: operation?.name?.value }, { ...options, documentAST });
}

const plugins = [COOKBOOK_PLUGIN, HISTORY_PLUGIN, explorerPlugin()];
const storage = createLocalStorage({ namespace: 'sample-gateway' });
// The cookbook's panel has all of them.
const firstTabs = config.cookbook.slice(0, 4).map(query => ({ query }));

function SchemaFollowsToken() {
  const { introspect } = useGraphiQLActions();
  const responseEditor = useGraphiQL(state => state.responseEditor);

  useEffect(
    () =>
      onTokenChange(() => {
        // GraphiQL would leave there why the schema could not be fetched.
        responseEditor?.setValue('');
        introspect();
      }),
    [introspect, responseEditor],
  );

  return null;
}

// So that a query is seen whole also beside an open panel.
function LinesWrap() {
  const queryEditor = useGraphiQL(state => state.queryEditor);
  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);
  return null;
}

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    storage={storage}
    visiblePlugin={COOKBOOK_PLUGIN}
    defaultTabs={firstTabs}
    defaultEditorToolsVisibility="variables"
    // The token has its field, and what is typed there is kept nowhere else.
    isHeadersEditorEnabled={false}
    showPersistHeadersSettings={false}
  >
    <SchemaFollowsToken />
    <LinesWrap />
    <Examples />
    <GraphiQL.Footer>
      <Differences />
    </GraphiQL.Footer>
  </GraphiQL>,
);
