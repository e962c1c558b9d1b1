// What the page shows: the campaign's findings, and the counts that follow from them.

const campaign = JSON.parse(document.getElementById('campaign').textContent);

// As the engine numbers them.
const verdicts = ['pass', 'fail', 'warn', 'inconclusive', 'not-applicable'];
// The worst first.
const scenarioVerdicts = ['error', 'fail', 'inconclusive', 'pass', 'not-applicable'];
const findingVerdicts = ['fail', 'warn', 'inconclusive', 'pass', 'not-applicable'];
const verdictWords = {
  pass: 'passed', fail: 'failed', warn: 'warned', inconclusive: 'inconclusive',
  'not-applicable': 'not applicable', error: 'tool fault', untested: 'not tested',
};

const requirements = campaign.requirements.map(([id, draft, section, level, testable], index) => {
  const [text, when, observe, violation] = campaign.texts[index] || ['', '', '', ''];
  return {index, id, draft, section, level, testable, text, when, observe, violation};
});

function findingsOf(scenario) {
  const details = new Map(scenario.details.map(detail => [detail[0], detail]));
  const result = [];
  for (let at = 0; at < scenario.findings.length; at += 4) {
    const [requirement, node, verdict, evaluated] = scenario.findings.slice(at, at + 4);
    const detail = details.get(at / 4);
    result.push({
      scenario,
      requirement: requirements[requirement],
      node: campaign.names[node],
      verdict: verdicts[verdict],
      evaluated,
      role: detail ? campaign.names[detail[1]] : '',
      expected: detail ? detail[2] : '',
      observed: detail ? detail[3] : '',
      frames: detail ? detail[4].map(([frame, link, first, end]) => ({frame, link, first, end}))
                     : [],
      known: detail ? detail[5] : '',
    });
  }
  return result;
}

campaign.scenarios.forEach((scenario, index) => {
  scenario.index = index;
  let kept = null;
  scenario.all = () => kept || (kept = findingsOf(scenario));
  scenario.counts = Object.fromEntries(verdicts.map(verdict => [verdict, 0]));
  for (let at = 2; at < scenario.findings.length; at += 4)
    ++scenario.counts[verdicts[scenario.findings[at]]];
});

const scenarios = [...campaign.scenarios].sort(
    (a, b) => scenarioVerdicts.indexOf(a.verdict) - scenarioVerdicts.indexOf(b.verdict) ||
              a.index - b.index);

// What a finding is to the campaign. Known failures (--expect) fail nothing; a broken SHOULD does with
// --strict.
const isBroken = ({verdict}) => verdict === 'fail' || verdict === 'warn';
const isFailure = finding => isBroken(finding) && !finding.known &&
                             (finding.verdict === 'fail' || campaign.strict);
const warns = finding => isBroken(finding) && !finding.known && !isFailure(finding);
const isKnown = finding => isBroken(finding) && finding.known !== '';
const isUndecided = ({verdict}) => verdict === 'inconclusive';

// Findings that say more than "passed", the same one of a node in all scenarios together.
function broken(wanted) {
  const groups = new Map();
  for (const scenario of scenarios) {
    if (scenario.details.length === 0) continue;
    for (const finding of scenario.all()) {
      if (!wanted(finding)) continue;
      const key = `${finding.requirement.index} ${finding.node}`;
      if (!groups.has(key))
        groups.set(key, {requirement: finding.requirement, node: finding.node, role: finding.role,
                         findings: []});
      groups.get(key).findings.push(finding);
    }
  }
  return [...groups.values()].sort((a, b) => b.findings.length - a.findings.length);
}

// The worst verdict of each requirement over all scenarios, for one node or for all.
function requirementVerdicts(node) {
  const wanted = node ? campaign.names.indexOf(node) : -1;
  const ranks = [2, 4, 3, 1, 0];  // by the numbers of `verdicts`
  const worst = new Map();
  for (const {findings} of campaign.scenarios)
    for (let at = 0; at < findings.length; at += 4) {
      if (wanted >= 0 && findings[at + 1] !== wanted) continue;
      const before = worst.get(findings[at]);
      if (before === undefined || ranks[findings[at + 2]] > ranks[before])
        worst.set(findings[at], findings[at + 2]);
    }
  return new Map([...worst].map(([index, verdict]) => [index, verdicts[verdict]]));
}

// "octet 43" or "octets 43-44", both ends counted in.
function octetWords(evidence) {
  if (evidence.end <= evidence.first) return '';
  if (evidence.end === evidence.first + 1) return `octet ${evidence.first}`;
  return `octets ${evidence.first}–${evidence.end - 1}`;
}
