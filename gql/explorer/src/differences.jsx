import { useEffect, useState } from 'react';
import { useGraphiQL } from '@graphiql/react';

// Whatever name the query gives to it: `---`, `+++`, and the first hunk.
const UNIFIED = /^--- .*\n\+\+\+ .*\n@@ /;
const CLASSES = { '+': 'added', '-': 'removed', '@': 'hunk', '\\': 'hunk' };
const MAX_SHOWN = 20;

// Line ends, byte order marks and the like, which would make lines that differ look equal.
const INVISIBLE = /(?!\t)[\p{Cc}\p{Cf}]/gu;

function escaped(character) {
  return character === '\r' ? '\\r' : `\\u{${character.codePointAt(0).toString(16)}}`;
}

function* unifiedTexts(value) {
  if (typeof value === 'string') {
    if (UNIFIED.test(value)) yield value;
  } else if (value && typeof value === 'object') {
    for (const inner of Object.values(value)) yield* unifiedTexts(inner);
  }
}

function textsOf(response) {
  try {
    return [...unifiedTexts(JSON.parse(response))].slice(0, MAX_SHOWN);
  } catch {
    return [];
  }
}

// A JSON string shows a difference on one line; below the answer it has its own lines.
export function Differences() {
  const responseEditor = useGraphiQL(state => state.responseEditor);
  const [texts, setTexts] = useState([]);

  useEffect(() => {
    if (!responseEditor) return;
    const read = () => setTexts(textsOf(responseEditor.getValue()));
    read();
    const listening = responseEditor.onDidChangeModelContent(read);
    return () => listening.dispose();
  }, [responseEditor]);

  return (
    texts.length > 0 && (
      <section className="differences" aria-label="Differences" tabIndex={0}>
        {texts.map((text, index) => (
          <Difference key={index} text={text} />
        ))}
      </section>
    )
  );
}

function Difference({ text }) {
  const [expected, actual, ...lines] = text.replace(/\n$/, '').split('\n');
  return (
    <pre>
      <span className="hunk">{`${expected}\n${actual}\n`}</span>
      {lines.map((line, index) => (
        <span key={index} className={CLASSES[line[0]]}>
          {line.replace(INVISIBLE, escaped)}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}
