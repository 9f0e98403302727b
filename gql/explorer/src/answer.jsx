import { useState } from 'react';
import { Button, useGraphiQL } from '@graphiql/react';
import { config } from './bar.js';
import { copy } from './copy.js';
import { narrow } from './narrow.js';

// Where the panes are stacked, an answer comes out of sight.
const reveal = section => {
  if (narrow.matches) section?.scrollIntoView({ block: 'nearest' });
};

// Below an answer: what it took, and what else can be done with it.
export function Answer({ body, status, milliseconds, bytes, cost, limit, remaining, reset }) {
  const responseEditor = useGraphiQL(state => state.responseEditor);
  const [isCopied, setIsCopied] = useState(false);
  const facts = [
    `Status ${status}`,
    `${milliseconds} ms`,
    `${bytes.toLocaleString('en')} bytes`,
    cost && `cost ${cost}`,
    remaining && `${remaining} of ${limit} left until ${timeOf(reset)}`,
  ];

  function save() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(
      new Blob([responseEditor.getValue()], { type: 'application/json' }),
    );
    link.download = `${JSON.parse(body).operationName ?? 'answer'}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  return (
    <section className="answer" aria-label="Answer" ref={reveal}>
      <span>{facts.filter(Boolean).join(' · ')}</span>
      <Button
        type="button"
        title="The command takes the token from $ACCESS_TOKEN"
        onClick={() => copy(curl(body)).then(() => setIsCopied(true))}
        onBlur={() => setIsCopied(false)}
      >
        {isCopied ? 'Copied' : 'Copy as curl'}
      </Button>
      <Button type="button" onClick={save}>
        Save as JSON
      </Button>
    </section>
  );
}

const timeOf = seconds => new Date(seconds * 1000).toLocaleTimeString();

// The token stays out of what is passed on.
function curl(body) {
  return [
    `curl -s ${quoted(new URL(config.graphql, location.href).href)}`,
    '-H "Authorization: Bearer $ACCESS_TOKEN"',
    "-H 'Content-Type: application/json'",
    `--data-raw ${quoted(body)}`,
  ].join(' \\\n  ');
}

const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;
