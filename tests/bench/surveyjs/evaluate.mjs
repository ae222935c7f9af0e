// SurveyJS over whole sets of answers: a new model for each, its data set, all of it validated.
//
//     node evaluate.mjs FILE          (in a folder whose node_modules holds survey-core)
//
// FILE is JSON: {"survey": a SurveyJS survey, "people": [answers by question]}. Writes a line of
// JSON when ready and one for each line that it reads: {"units", "seconds", "cpu", "visible",
// "invalid"}: how many sets, how long, how many questions were visible, how many sets were refused.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.cwd()}/`);
const { Model } = require("survey-core");
const { version } = JSON.parse(readFileSync("node_modules/survey-core/package.json", "utf8"));
const { survey, people } = JSON.parse(readFileSync(process.argv[2], "utf8"));

function run() {
  let visible = 0;
  let invalid = 0;
  const before = process.cpuUsage();
  const begun = process.hrtime.bigint();
  for (const answers of people) {
    const model = new Model(survey);
    model.data = answers;
    if (!model.validate(false)) invalid += 1;
    visible += model.getAllQuestions(true).length;
  }
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const { user, system } = process.cpuUsage(before);
  return { units: people.length, seconds, cpu: (user + system) / 1e6, visible, invalid };
}

console.log(JSON.stringify({ version, node: process.version }));
for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(run()));
