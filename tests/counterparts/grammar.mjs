// Read queries with the grammars that Grafana publishes; print, as JSON, those that are not in the language.
import { parser as logql } from "@grafana/lezer-logql";
import { parser as traceql } from "@grafana/lezer-traceql";

const parsers = { logql, traceql };
let text = "";
for await (const piece of process.stdin) text += piece;
const wrong = [];
for (const [language, query] of JSON.parse(text)) {
  let bad = query.trim() === "";
  parsers[language].parse(query).iterate({ enter: (node) => { bad ||= node.type.isError; } });
  if (bad) wrong.push([language, query]);
}
console.log(JSON.stringify(wrong));
