// Where the panes are stacked; graphiql.css has the same width.
export const narrow = matchMedia('(max-width: 900px)');
