// Holds schemas and values against ajv in strict mode, but that "required" may stand apart from "properties".
// In, by stdin: [{schema, values}]. Out: for each {refused: why the schema is, or null; valid: for each value}.
const Ajv = require("ajv/dist/2020");

// What JSON Schema does not know: words of yaml-language-server, and picoplan's own.
const OTHERS = ["defaultSnippets", "errorMessage", "markdownDescription", "markdownEnumDescriptions", "x-picoplan"];

// Checks that are made for one use: to make them fast ones takes longer than to use them.
const ONCE = { inlineRefs: false, code: { optimize: false } };

const entries = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const answers = entries.map(({ schema, values }) => {
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, logger: false, ...ONCE });
  OTHERS.forEach((word) => ajv.addKeyword(word));
  try {
    const check = ajv.compile(schema);
    return { refused: null, valid: values.map((value) => check(value)) };
  } catch (error) {
    return { refused: error.message, valid: [] };
  }
});
process.stdout.write(JSON.stringify(answers));
