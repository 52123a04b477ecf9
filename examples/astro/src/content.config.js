import { defineCollection } from "astro:content";
import { glob } from "astro/loaders";

export const collections = {
  weeks: defineCollection({ loader: glob({ pattern: "*.md", base: "./output/weeks" }) }),
};
