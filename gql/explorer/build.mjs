import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// The third-party code in the parts of Prettier that are bundled: its
// standalone build and its GraphQL plugin. Its notices list far more.
const IN_PRETTIER =
  /^## (@babel\/code-frame|@babel\/helper-validator-identifier|diff|emoji-regex|escape-string-regexp|get-east-asian-width|graphql|js-tokens|leven|narrow-emojis|picocolors|string-escape-regex|vnopts)@/;

// Is a bundle itself, and its map names what is in it.
const SWAGGER_UI_MAP = 'node_modules/swagger-ui/dist/swagger-ui-es-bundle-core.js.map';

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
    entryPoints: ['src/graphiql.jsx', 'src/rest.jsx'],
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

writeFileSync('dist/LICENSES.txt', licenses(bundledPackages(results)));

// The gateway sends these as they are. Fonts in WOFF2 are compressed already.
for (const name of readdirSync('dist').filter(name => !name.endsWith('.woff2'))) {
  writeFileSync(`dist/${name}.gz`, gzipSync(readFileSync(`dist/${name}`), { level: 9 }));
}

function bundledPackages(results) {
  const files = JSON.parse(readFileSync(SWAGGER_UI_MAP)).sources.map(source =>
    source.replace('webpack://swagger-ui/./', ''),
  );
  for (const { metafile } of results) {
    for (const output of Object.values(metafile.outputs)) {
      for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
        if (bytesInOutput > 0) files.push(file);
      }
    }
  }
  const folders = files.map(file => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort();
}

// The licence files of a package, or those in a folder for them.
function licenseFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => /^(licen[cs]e|notice|third-?party-?notices)/i.test(name))
    .flatMap(entry => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? readdirSync(path).map(name => join(path, name)) : [path];
    });
}

// Packages that share a licence text word for word are listed above one copy.
function licenses(folders) {
  const namesByText = new Map();
  for (const folder of folders) {
    const { name, version, license, licenses } = JSON.parse(
      readFileSync(join(folder, 'package.json')),
    );
    let text = licenseFiles(folder)
      .map(file => readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim())
      .join('\n\n');
    if (name === 'prettier') {
      const [own, ...sections] = text.split(/^(?=## )/m);
      text = own + sections.filter(section => IN_PRETTIER.test(section)).join('');
    }
    text ||= `Licence: ${license ?? licenses[0].type} (the package has no licence file)`;
    namesByText.set(text, [...(namesByText.get(text) ?? []), `${name} ${version}`]);
  }
  const rule = '='.repeat(72);
  return [...namesByText]
    .map(([text, names]) => `${rule}\n${names.join('\n')}\n${rule}\n\n${text}\n`)
    .join('\n');
}
