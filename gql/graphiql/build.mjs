import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// The third-party code in the parts of Prettier that are bundled: its
// standalone build and its GraphQL plugin. Its notices list far more.
const IN_PRETTIER =
  /^## (@babel\/code-frame|@babel\/helper-validator-identifier|diff|emoji-regex|escape-string-regexp|get-east-asian-width|graphql|js-tokens|leven|narrow-emojis|picocolors|string-escape-regex|vnopts)@/;

process.chdir(dirname(fileURLToPath(import.meta.url)));
rmSync('dist', { recursive: true, force: true });

const options = {
  bundle: true,
  minify: true,
  metafile: true,
  target: 'es2022',
  outdir: 'dist',
  entryNames: '[name]',
  assetNames: '[name]',
  legalComments: 'eof',
  // Said explicitly, this order also holds for require(): else the explorer
  // would get its own, incompatible copy of graphql-js.
  mainFields: ['browser', 'module', 'main'],
  alias: {
    'prettier/plugins/estree': './src/prettier-jsonc.js',
    'prettier/parser-babel': './src/prettier-jsonc.js',
    // The older name of the same plugin, which would be bundled twice.
    'prettier/parser-graphql': 'prettier/plugins/graphql',
  },
};

const results = [
  await build({
    ...options,
    entryPoints: ['src/main.jsx'],
    format: 'esm',
    jsx: 'automatic',
    loader: { '.ttf': 'file', '.woff2': 'file' },
  }),
  await build({
    ...options,
    entryPoints: [
      'monaco-editor/esm/vs/editor/editor.worker.js',
      'monaco-editor/esm/vs/language/json/json.worker.js',
      'monaco-graphql/esm/graphql.worker.js',
    ],
    format: 'iife',
  }),
];

copyFileSync('index.html', 'dist/index.html');
writeFileSync('dist/LICENSES.txt', licenses(bundledPackages(results)));

function bundledPackages(results) {
  const folders = new Set();
  for (const { metafile } of results) {
    for (const output of Object.values(metafile.outputs)) {
      for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
        const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0];
        if (folder && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

// Packages that share a licence text word for word are listed above one copy.
function licenses(folders) {
  const namesByText = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
    const files = readdirSync(folder).filter(file =>
      /^(licen[cs]e|notice|third-?party-?notices)/i.test(file),
    );
    let text = files
      .map(file => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
      .join('\n\n');
    if (name === 'prettier') {
      const [own, ...sections] = text.split(/^(?=## )/m);
      text = own + sections.filter(section => IN_PRETTIER.test(section)).join('');
    }
    text ||= `Licence: ${license} (the package has no licence file)`;
    namesByText.set(text, [...(namesByText.get(text) ?? []), `${name} ${version}`]);
  }
  const rule = '='.repeat(72);
  return [...namesByText]
    .map(([text, names]) => `${rule}\n${names.join('\n')}\n${rule}\n\n${text}\n`)
    .join('\n');
}
