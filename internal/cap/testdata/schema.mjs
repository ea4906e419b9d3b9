// Says which XML files keep a schema: node schema.mjs ASSETS SCHEMA FILE…
// prints {"FILE": "" or what is wrong}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [assets, schema, ...files] = process.argv.slice(2);
const { validateXML } = createRequire(assets + "/package.json")("xmllint-wasm");
const said = {};
for (const file of files) {
  const result = await validateXML({
    xml: [{ fileName: "alert.xml", contents: readFileSync(file, "utf8") }],
    schema: [readFileSync(schema, "utf8")],
  });
  said[file] = result.valid ? "" : result.errors.map((e) => e.message).join("; ") || "invalid";
}
console.log(JSON.stringify(said));
