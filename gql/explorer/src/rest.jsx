import 'swagger-ui/dist/swagger-ui.css';
import './rest.css';

import { createRoot } from 'react-dom/client';
import SwaggerUI from 'swagger-ui';
import { authorization, config, isRefusal, showRefusal } from './bar.js';

// GraphiQL's setting, or else the system's.
const theme = localStorage.getItem('sample-gateway:graphiql:theme');
const system = matchMedia('(prefers-color-scheme: dark)');
const showTheme = () =>
  document.documentElement.classList.toggle('dark-mode', theme ? theme === 'dark' : system.matches);
system.addEventListener('change', showTheme);
showTheme();

const nothing = () => null;

// Swagger UI's fields have no labels.
const labelled = nameOf => Field =>
  function LabelledField(props) {
    return (
      <label>
        <span className="unseen">{nameOf(props)}</span>
        <Field {...props} />
      </label>
    );
  };

// The named queries have a description of their own, which needs a token where the schema is hidden.
async function withNamedQueries(description) {
  const response = await fetch(config.queries, { headers: authorization() });
  if (!response.ok) return description;
  const { components, paths, security, servers } = await response.json();
  for (const item of Object.values(paths)) {
    Object.assign(item, { servers });
    Object.assign(item.get, { security, tags: ['Named queries'] });
  }
  const part = name => ({ ...components[name], ...description.components[name] });
  return {
    ...description,
    paths: { ...description.paths, ...paths },
    components: { schemas: part('schemas'), securitySchemes: part('securitySchemes') },
  };
}

const ui = SwaggerUI({
  url: config.openapi,
  // Swagger UI can render by itself only with React 18.
  domNode: null,
  dom_id: null,
  docExpansion: 'list',
  onComplete: () => ui.layoutActions.show(['operations', 'default', 'getRunSample'], true),
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  syntaxHighlight: { theme: 'obsidian' },
  // Others would be asked what they think of the description.
  validatorUrl: null,
  // The bar has the field for the token.
  plugins: [
    {
      components: { authorizeBtn: nothing, authorizeOperationBtn: nothing },
      wrapComponents: {
        ExamplesSelect: labelled(() => 'Example'),
        JsonSchema_string: labelled(({ description }) => description),
      },
    },
  ],
  requestInterceptor: request => {
    Object.assign(request.headers, authorization());
    return request;
  },
  responseInterceptor: async response => {
    if (response.ok && new URL(response.url, location).pathname === config.openapi)
      response.text = JSON.stringify(await withNamedQueries(JSON.parse(response.text)));
    showRefusal(isRefusal(response.status) ? response.obj.message : undefined);
    return response;
  },
});

// The browser would only scroll.
document
  .getElementById('skip')
  .addEventListener('click', () => document.getElementById('operations').focus());

const Documentation = ui.getComponent('App', 'root');
createRoot(document.getElementById('rest')).render(<Documentation />);
