// Monaco comes first so that GraphiQL's stylesheets can override its own.
import 'monaco-graphql/esm/monaco-editor.js';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './graphiql.css';

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider, useGraphiQL } from '@graphiql/react';
import { createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL, GraphiQLInterface, HISTORY_PLUGIN } from 'graphiql';
import { Answer } from './answer.jsx';
import { config, currentToken, forgetToken, onTokenChange } from './bar.js';
import { COOKBOOK_PLUGIN } from './cookbook.jsx';
import { Differences } from './differences.jsx';
import { DOCUMENTATION_PLUGIN } from './documentation.jsx';
import { Examples } from './examples.jsx';
import { createFetcher } from './fetcher.js';
import { CopyLink, LinkedOperation, linkedTab } from './link.jsx';
import { narrow } from './narrow.js';

const WORKERS = { graphql: 'graphql.worker.js', json: 'json.worker.js' };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new Worker(new URL(WORKERS[label] ?? 'editor.worker.js', import.meta.url)),
};

const plugins = [DOCUMENTATION_PLUGIN, COOKBOOK_PLUGIN, HISTORY_PLUGIN, explorerPlugin()];
// The cookbook's panel has all of them.
const firstTabs = config.cookbook.slice(0, 4).map(query => ({ query }));

const firstPanel = narrow.matches ? undefined : COOKBOOK_PLUGIN;

// "Clear data" clears the token too.
const storage = createLocalStorage({ namespace: 'sample-gateway' });
const { clear } = storage;
storage.clear = () => {
  clear();
  forgetToken();
};

// GraphiQL would leave there why the schema could not be fetched with the token before.
function ClearedByToken({ token }) {
  const responseEditor = useGraphiQL(state => state.responseEditor);
  useEffect(() => responseEditor?.setValue(''), [token, responseEditor]);
  return null;
}

// The line below an answer belongs to the tab that asked.
function ClearedByTab({ clear }) {
  const tab = useGraphiQL(state => state.tabs[state.activeTabIndex].id);
  useEffect(clear, [clear, tab]);
  return null;
}

// So that a query is seen whole also beside an open panel.
function LinesWrap() {
  const queryEditor = useGraphiQL(state => state.queryEditor);
  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);
  return null;
}

function SkipLink() {
  const queryEditor = useGraphiQL(state => state.queryEditor);
  useEffect(() => {
    const link = document.getElementById('skip');
    link.onclick = event => {
      event.preventDefault();
      queryEditor?.focus();
    };
  }, [queryEditor]);
  return null;
}

const toolbar = ({ prettify, merge, copy }) => (
  <>
    {prettify}
    {merge}
    {copy}
    <CopyLink />
  </>
);

function App() {
  const token = useSyncExternalStore(onTokenChange, currentToken);
  const [answer, setAnswer] = useState();
  const fetcher = useMemo(() => createFetcher(token, setAnswer), [token]);
  const clearAnswer = useMemo(() => () => setAnswer(), []);

  return (
    <GraphiQLProvider
      fetcher={fetcher}
      // Without a token there is nothing to ask for it.
      schema={token ? undefined : null}
      plugins={plugins}
      referencePlugin={DOCUMENTATION_PLUGIN}
      visiblePlugin={firstPanel}
      storage={storage}
      initialQuery={linkedTab?.query}
      initialVariables={linkedTab?.variables}
      defaultTabs={linkedTab ? [linkedTab, ...firstTabs] : firstTabs}
    >
      <HistoryStore>
        <DocExplorerStore>
          <GraphiQLInterface
            // The token has its field, and what is typed there is kept nowhere else.
            isHeadersEditorEnabled={false}
            defaultEditorToolsVisibility="variables"
            showPersistHeadersSettings={false}
          >
            <ClearedByToken token={token} />
            <ClearedByTab clear={clearAnswer} />
            <LinesWrap />
            <Examples />
            <LinkedOperation />
            <SkipLink />
            <GraphiQL.Toolbar>{toolbar}</GraphiQL.Toolbar>
            <GraphiQL.Footer>
              {answer && <Answer {...answer} />}
              <Differences />
            </GraphiQL.Footer>
          </GraphiQLInterface>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

createRoot(document.getElementById('graphiql')).render(<App />);
