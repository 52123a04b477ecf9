// `listening.now_playing`, `listening.top_artists` and so on: whatever is in output/data.
import { basename } from "node:path";

const files = import.meta.glob("/output/data/*.json", { eager: true, import: "default" });

export const listening = Object.fromEntries(
  Object.entries(files).map(([path, document]) => [basename(path, ".json"), document]),
);
