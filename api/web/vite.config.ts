import { defineConfig } from "vitest/config";

// While developing, everything but the pages themselves comes from a running service.
const service = process.env["WANGGE_DEV_SERVICE"] ?? "http://127.0.0.1:8000";
const paths = ["/site", "/tiles", "/editions", "/grids", "/statistics", "/locate", "/auth", "/events"];
const records = [
  "/households",
  "/disputes",
  "/units",
  "/staff",
  "/centres",
  "/ready",
  "/docs",
  "/ogc",
  "^/drafts(?!\\.html)",
];

export default defineConfig({
  build: {
    // One entry per page; each page is served by the API under its own address.
    rolldownOptions: {
      input: { index: "index.html", map: "map.html", drafts: "drafts.html", docs: "docs.html" },
    },
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries([...paths, ...records].map((path) => [path, service])),
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.ts"] },
});
