export default function (config) {
  config.addPassthroughCopy("style.css");
  config.addWatchTarget("output/data/");
  for (const noPage of ["README.md", "output/index.html"]) config.ignores.add(noPage);
  config.addCollection("weeks", (api) => api.getFilteredByGlob("output/weeks/*.md"));
  config.addGlobalData("site", "My site");
  config.addFilter("limit", (list, length) => list.slice(0, length));
  config.addFilter("at", (time) =>
    new Date(time).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }));
}
