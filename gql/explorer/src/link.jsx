import { useEffect, useState } from 'react';
import { pick, ToolbarButton, useGraphiQL } from '@graphiql/react';
import { getOperationAST, parse } from 'graphql';
import { config } from './bar.js';
import { copy } from './copy.js';

// Longer ones are rejected by most proxies.
const MAX_CHARACTERS = 8_000;

const nameOf = query => /^(?:query|subscription) (\w+)/m.exec(query)?.[1];

const parameters = new URLSearchParams(location.search);
const operationName = parameters.get('operationName');
// A link with nothing but the name of a recipe leads to that recipe.
const query =
  parameters.get('query') || config.cookbook.find(recipe => nameOf(recipe) === operationName);

// What the address of the page asks to open; nobody runs it but the person.
export const linkedTab = query && { query, variables: parameters.get('variables') ?? '' };

export function LinkedOperation() {
  const queryEditor = useGraphiQL(state => state.queryEditor);
  useEffect(() => {
    if (!queryEditor || !linkedTab || !operationName) return;
    const position = queryEditor.getModel().getPositionAt(startOf(operationName));
    queryEditor.setPosition(position);
    queryEditor.revealPositionInCenter(position);
  }, [queryEditor]);
  return null;
}

function startOf(name) {
  try {
    return getOperationAST(parse(query), name).loc.start;
  } catch {
    return 0;
  }
}

function linkTo(tab) {
  const link = new URL(config.graphql, location.href);
  for (const [name, value] of Object.entries(tab)) {
    if (value?.trim()) link.searchParams.set(name, value);
  }
  if (link.href.length > MAX_CHARACTERS) {
    throw new Error(
      `This link would have ${link.href.length} characters, and the limit is ${MAX_CHARACTERS}: copy the query instead.`,
    );
  }
  return link.href;
}

export function CopyLink() {
  const { operationName, operations, queryEditor, variableEditor } = useGraphiQL(
    pick('operationName', 'operations', 'queryEditor', 'variableEditor'),
  );
  const [isCopied, setIsCopied] = useState(false);

  function copyLink() {
    const link = linkTo({
      query: queryEditor.getValue(),
      variables: variableEditor.getValue(),
      operationName: operations?.length > 1 ? operationName : undefined,
    });
    copy(link).then(() => setIsCopied(true));
  }

  return (
    <ToolbarButton
      label={isCopied ? 'Link copied' : 'Copy link to this query'}
      onClick={copyLink}
      onBlur={() => setIsCopied(false)}
    >
      <svg className="graphiql-toolbar-icon" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
        <path d="M8 12a4 4 0 0 0 6 0l2-2a4 4 0 0 0-6-6l-1 1M12 8a4 4 0 0 0-6 0l-2 2a4 4 0 0 0 6 6l1-1" />
      </svg>
    </ToolbarButton>
  );
}
