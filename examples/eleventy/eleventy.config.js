export default function (config) {
  config.addPassthroughCopy("style.css");
  config.addWatchTarget("output/data/");
  // What is not a page of this site: titles in these files must not be read as templates.
  for (const other of ["README.md", "output/index.html", "templates"]) config.ignores.add(other);
  config.addCollection("weeks", (api) => api.getFilteredByGlob("output/weeks/*.md"));
  config.addGlobalData("site", "My site");
  config.addFilter("limit", (list, length) => list.slice(0, length));
  config.addFilter("at", (time) =>
    new Date(time).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }));
  return { markdownTemplateEngine: false };
}
