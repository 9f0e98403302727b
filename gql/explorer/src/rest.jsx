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

const { getComponent } = SwaggerUI({
  url: config.openapi,
  // Swagger UI can render by itself only with React 18.
  domNode: null,
  dom_id: null,
  docExpansion: 'full',
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
  responseInterceptor: response => {
    showRefusal(isRefusal(response.status) ? response.obj.message : undefined);
    return response;
  },
});

// The browser would only scroll.
document
  .getElementById('skip')
  .addEventListener('click', () => document.getElementById('operations').focus());

const Documentation = getComponent('App', 'root');
createRoot(document.getElementById('rest')).render(<Documentation />);
