// `listening.now_playing`, `listening.top_artists` and so on: whatever is in output/data.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const folder = "output/data";

export default () =>
  Object.fromEntries(
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((file) => file.endsWith(".json"))
      .map((file) => [basename(file, ".json"), JSON.parse(readFileSync(`${folder}/${file}`, "utf8"))]),
  );
