import { DocExplorer, DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { useGraphiQL } from '@graphiql/react';
import { currentToken } from './bar.js';

function problemOf(fetchError) {
  if (!currentToken()) return 'The documentation of the schema needs a token, as queries do.';
  if (!fetchError) return undefined;
  return `The schema cannot be read. ${JSON.parse(fetchError).errors[0].message}`;
}

// GraphiQL's own does not say what is wrong.
function Documentation() {
  const problem = problemOf(useGraphiQL(state => state.fetchError));
  return problem ? (
    <section className="graphiql-doc-explorer" aria-label="Documentation Explorer">
      <div className="graphiql-doc-explorer-title">Docs</div>
      <p>{problem}</p>
    </section>
  ) : (
    <DocExplorer />
  );
}

export const DOCUMENTATION_PLUGIN = { ...DOC_EXPLORER_PLUGIN, content: Documentation };
