import { pick, UnStyledButton, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { config } from './bar.js';
import { narrow } from './narrow.js';

function Icon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M10 5v12M10 5C8 3.500 5.500 3 2.500 3v12c3 0 5.500.5 7.500 2 2-1.500 4.500-2 7.500-2V3c-3 0-5.500.5-7.500 2Z" />
    </svg>
  );
}

function Cookbook() {
  const { addTab, changeTab, setVisiblePlugin } = useGraphiQLActions();
  const { activeTabIndex, queryEditor, tabs } = useGraphiQL(pick('activeTabIndex', 'queryEditor', 'tabs'));

  function open(query) {
    const index = tabs.findIndex(tab => tab.query === query);
    if (index < 0) {
      addTab();
      queryEditor.setValue(query);
    } else {
      changeTab(index);
    }
    if (narrow.matches) setVisiblePlugin(null);
  }

  return (
    <section aria-label="Cookbook" className="cookbook">
      <div className="graphiql-history-header">Cookbook</div>
      <ol>
        {config.cookbook.map(query => (
          <li key={query}>
            <UnStyledButton
              type="button"
              aria-current={query === tabs[activeTabIndex].query}
              onClick={() => open(query)}
            >
              {/^# (.*)/.exec(query)[1]}
            </UnStyledButton>
          </li>
        ))}
      </ol>
    </section>
  );
}

export const COOKBOOK_PLUGIN = { title: 'Cookbook', icon: Icon, content: Cookbook };
