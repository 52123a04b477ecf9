import { defineConfig } from "astro/config";

export default defineConfig({
  markdown: { smartypants: false }, // titles stay as they are
});
