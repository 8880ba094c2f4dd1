import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// One script and one style of fixed names: the server embeds them, the report holds them inline.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../crates/netback-web/dist",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 700,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    rollupOptions: {
      output: {
        inlineDynamicImports: true,
        entryFileNames: "page.js",
        assetFileNames: "page[extname]",
      },
    },
  },
});
