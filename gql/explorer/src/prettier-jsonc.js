// GraphiQL's "prettify" formats the variables and headers with Prettier's
// JavaScript plugins, which are half a megabyte. The build puts this plugin
// in their place.
import { applyEdits, format } from 'jsonc-parser';

const astFormat = 'jsonc-text';

export const parsers = {
  jsonc: {
    astFormat,
    parse: text => ({ text }),
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
};

export const printers = {
  [astFormat]: {
    print({ node: { text } }) {
      const edits = format(text, undefined, { insertSpaces: true, tabSize: 2 });
      return applyEdits(text, edits);
    },
  },
};
