#!/usr/bin/env node
// Starts the program that the package of this platform carries, and ends as it ends. Nothing is downloaded.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { dirname, join } = require("node:path");
const platforms = require("./platforms.json");

function program() {
  const fits = ([, { os, cpu }]) => os.includes(process.platform) && cpu.includes(process.arch);
  const found = Object.entries(platforms).find(fits);
  if (!found) {
    throw new Error(
      `there is no build for ${process.platform} on ${process.arch}; build it from source with cargo install`,
    );
  }
  const [platform, { program }] = found;
  const name = `@jamf-pro-mcp/${platform}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), program);
  } catch {
    throw new Error(
      `the package ${name} is not installed, which carries the program. It is an optional dependency: ` +
        "install again without --omit=optional, and on this platform",
    );
  }
}

function fail(error) {
  process.stderr.write(`jamf-pro-mcp: ${error.message}\n`);
  process.exitCode = 1;
}

function run() {
  const child = spawn(program(), process.argv.slice(2), { stdio: "inherit", windowsHide: true });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", fail);
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

try {
  run();
} catch (error) {
  fail(error);
}
