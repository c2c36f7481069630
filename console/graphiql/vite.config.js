// Builds GraphiQL into dist/, every large text twice: for browsers that take brotli, and for those that take gzip only.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const OUT = "dist";

// The binary holds the packed files alone: unpacked ones would double it, and no browser asks for them.
function pack() {
  return {
    name: "pack",
    apply: "build",
    closeBundle() {
      const folder = join(import.meta.dirname, OUT, "assets");
      for (const name of readdirSync(folder).filter((name) => /\.(js|css|ttf)$/.test(name))) {
        const path = join(folder, name);
        const text = readFileSync(path);
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(text, { params: quality }));
        writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
        rmSync(path);
      }
    },
  };
}

export default defineConfig({
  base: "/graphiql/",
  plugins: [react(), pack()],
  build: {
    outDir: OUT,
    // The policy of the page allows no script and no worker from data: addresses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // GraphiQL's own packages carry directives for React's compiler, which mean nothing in a bundle.
      onLog: (level, log, handle) => log.code === "MODULE_LEVEL_DIRECTIVE" || handle(level, log),
    },
  },
});
