// Makes the scripts of the workbench, and what is said of their licences: node build.js FOLDER

import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const into = process.argv[2];
await mkdir(into, { recursive: true });
const { metafile } = await build({
  entryPoints: ["editor.js", "shown.js"],
  outdir: into,
  bundle: true,
  minify: true,
  format: "iife",
  charset: "utf8",
  target: "es2022",
  legalComments: "none",
  preserveSymlinks: true,
  metafile: true,
});

const PACKAGE = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const bundled = [...new Set(Object.keys(metafile.inputs).map((path) => PACKAGE.exec(path)?.[1]).filter(Boolean))].sort();
const licences = await Promise.all(bundled.map(async (name) => {
  const folder = join("node_modules", name);
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  return `${name} ${version}\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
}));
await writeFile(join(into, "editor.js.LICENSE.txt"), licences.join(`\n${"-".repeat(80)}\n\n`));

// htmx is as it was published.
await copyFile("node_modules/htmx.org/dist/htmx.min.js", join(into, "htmx.min.js"));
await copyFile("node_modules/htmx.org/LICENSE", join(into, "htmx-LICENSE.txt"));
