// vite.config.js
export default {
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:8000", ws: true },
      "/api/v1/runs": "http://127.0.0.1:8000",
    },
  },
};
