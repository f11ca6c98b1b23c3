// The usual output, plus the counts and the names of what failed in a file for scripts/test.mjs to add up.
"use strict";

const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

const { Spec } = Mocha.reporters ?? Mocha.default.reporters;

module.exports = class extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on("fail", (test, error) => failures.push(`${test.titlePath().join(" > ")}: ${String(error?.message)}`));
    runner.once("end", () => {
      const counts = { passed: this.stats.passes, failed: this.stats.failures, failures };
      writeFileSync(process.env.CROSSFIRE_MOCHA_COUNTS, JSON.stringify(counts));
    });
  }
};
