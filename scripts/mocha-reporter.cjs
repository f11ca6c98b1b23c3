// The usual output, plus the counts in a file for scripts/test.mjs to add up.
"use strict";

const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

const { Spec } = Mocha.reporters ?? Mocha.default.reporters;

module.exports = class extends Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures } = this.stats;
      writeFileSync(process.env.CROSSFIRE_MOCHA_COUNTS, JSON.stringify({ passed: passes, failed: failures }));
    });
  }
};
