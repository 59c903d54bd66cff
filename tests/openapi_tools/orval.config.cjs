const made = (client, target) => ({
  input: { target: "openapi.json" },
  output: { mode: "single", client, target },
});
module.exports = { fetch: made("fetch", "orval/client.ts"), zod: made("zod", "orval/zod.ts") };
