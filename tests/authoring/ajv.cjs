// Holds schemas and values against ajv in strict mode, but that "required" may stand apart from "properties".
// In, by stdin: [{schema, values}]. Out: for each {refused: why the schema is, or null; valid: for each value}.
const Ajv = require("ajv/dist/2020");

// What JSON Schema does not know: words of yaml-language-server, and picoplan's own.
const OTHERS = ["defaultSnippets", "errorMessage", "markdownDescription", "markdownEnumDescriptions", "x-picoplan"];

const entries = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const answers = entries.map(({ schema, values }) => {
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, logger: false });
  OTHERS.forEach((word) => ajv.addKeyword(word));
  try {
    const check = ajv.compile(schema);
    return { refused: null, valid: values.map((value) => check(value)) };
  } catch (error) {
    return { refused: error.message, valid: [] };
  }
});
process.stdout.write(JSON.stringify(answers));
