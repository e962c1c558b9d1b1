// The first page: the verdict, what failed, the coverage, the scenarios.

function tally(list, of) {
  const counts = {};
  for (const one of list) counts[of(one)] = (counts[of(one)] || 0) + 1;
  return counts;
}

function verdictWordsOf(verdict) {
  const {length} = campaign.scenarios;
  const bad = campaign.scenarios.filter(scenario => scenario.verdict === verdict).length;
  const all = length === 1 ? 'The scenario' : bad === length ? `All ${length} scenarios`
                                                             : `${bad} of ${length} scenarios`;
  switch (verdict) {
    case 'error': return `${all} found a fault of the tool itself.`;
    case 'fail': return `${all} failed.`;
    case 'inconclusive': return `${all} came to no verdict.`;
    default: return `${all} passed.`;
  }
}

// Who broke how much, in a line.
function culprits() {
  const groups = broken(isFailure);
  const nodes = tally(groups, group => group.node);
  return Object.entries(nodes).map(([node, number]) => `${node} broke ${count(number, 'requirement')}`)
      .join('; ');
}

function hero() {
  const {verdict, totals} = campaign;
  const runs = tally(campaign.scenarios, scenario => scenario.verdict);
  const checked = {fail: totals.failed, warn: totals.warned, inconclusive: totals.inconclusive,
                   pass: totals.passed};
  const blame = culprits();
  const figure = (title, number, counts, total) =>
      el('div', {class: 'figure'},
         el('div', {class: 'figure-head'}, el('b', {}, number.toLocaleString('en')), ` ${title}`),
         bar(counts, total), legend(counts));
  return el('section', {class: `hero ${verdict}`},
            el('div', {class: 'says'},
               el('p', {class: 'verdict'}, verdict === 'error' ? 'Tool fault' : verdict),
               el('h1', {}, verdictWordsOf(verdict)),
               el('p', {class: 'blame'}, blame ? `${blame}.` : broken(isKnown).length > 0 ? 'Nothing was broken but what is known.'
                                                                    : 'No requirement was broken.',
                  campaign.strict ? ' A broken SHOULD counts as a failure (--strict).' : '')),
            figure(campaign.scenarios.length === 1 ? 'scenario' : 'scenarios',
                   campaign.scenarios.length, runs, campaign.scenarios.length),
            figure(`requirements checked, of ${totals.total.toLocaleString('en')}`, totals.checked,
                   checked, Math.max(1, totals.checked)));
}

const evidenceShown = 4;

function occurrence(finding) {
  const {scenario} = finding;
  return el('li', {},
            scenario.verdict === 'error' ? badge('error') : null, scenarioLink(scenario),
            el('span', {class: 'evidences'},
               finding.frames.slice(0, 3).map(evidence => evidenceLink(scenario, evidence)),
               finding.frames.length > 3 ? el('small', {}, `and ${finding.frames.length - 3} more`)
                                         : null));
}

function occurrences(findings) {
  const first = findings.slice(0, evidenceShown);
  const rest = findings.slice(evidenceShown);
  return [el('ul', {class: 'occurrences'}, first.map(occurrence)),
          rest.length === 0 ? null
                            : el('details', {class: 'more'},
                                 el('summary', {}, `${count(rest.length, 'more scenario')}`),
                                 el('ul', {class: 'occurrences'}, rest.map(occurrence)))];
}

function breachCard(group) {
  const [first] = group.findings;
  return el('article', {class: `card ${first.verdict}`},
            el('header', {}, requirementHead(group.requirement, group.node, group.role),
               el('span', {class: 'times'}, count(group.findings.length, 'scenario'))),
            el('p', {class: 'text'}, group.requirement.text),
            comparison(first), occurrences(group.findings));
}

function breaches(kind, title, note) {
  const groups = broken(finding => kind(finding) && findingFits(finding) && textFits(
      finding.scenario.id, finding.scenario.title, finding.requirement.text, finding.observed));
  if (groups.length === 0) return null;
  const cards = el('div', {class: 'cards'}, groups.map(breachCard));
  const head = `${count(groups.length, 'requirement')}${note}`;
  if (kind === isFailure) return section(title, head, cards);
  return el('details', {class: 'section fold', open: filters.verdict !== ''},
            el('summary', {}, el('h2', {}, title, el('small', {}, head))), cards);
}

function scenarioRow(scenario) {
  const cell = (number, verdict) =>
      el('td', {class: `number ${number ? verdict || '' : 'none'}`}, number.toLocaleString('en'));
  return el('tr', {class: scenario.verdict},
            el('td', {}, badge(scenario.verdict)),
            el('td', {class: 'what'}, scenarioLink(scenario),
               el('span', {class: 'title'}, scenario.title),
               scenario.reason ? el('span', {class: 'reason'}, scenario.reason) : null),
            cell(scenario.frames), cell(scenario.counts.pass), cell(scenario.counts.fail, 'fail'),
            cell(scenario.counts.warn, 'warn'), cell(scenario.counts.inconclusive, 'inconclusive'),
            el('td', {class: 'number'}, seconds(scenario.duration_s)));
}

function scenarioTable() {
  const shown = scenarios.filter(scenarioFits);
  const head = (word, type) => el('th', {class: type, scope: 'col'}, word);
  return section('Scenarios', shown.length === scenarios.length
                                  ? `${scenarios.length}, those that need a look first`
                                  : `${shown.length} of ${scenarios.length}`,
                 shown.length === 0
                     ? el('p', {class: 'empty'}, 'No scenario fits the filters.')
                     : el('div', {class: 'wide'}, el('table', {class: 'scenarios'},
                          el('thead', {}, el('tr', {}, head('Verdict'), head('Scenario'),
                             head('Frames', 'number'), head('Passed', 'number'),
                             head('Failed', 'number'), head('Warned', 'number'),
                             head('Inconcl.', 'number'), head('Time', 'number'))),
                          el('tbody', {}, shown.map(scenarioRow)))));
}

function overview() {
  const changing = el('div', {id: 'results'});
  filtersChanged = () => {
    const parts = [breaches(isFailure, 'What failed', ' broken'),
                   breaches(isKnown, 'Known failures', ' broken as expected'),
                   breaches(warns, 'Warnings', ' that should be kept, and were not'),
                   breaches(isUndecided, 'Not decided', ' without a verdict'),
                   coverage(), scenarioTable()];
    changing.replaceChildren(...parts.filter(part => part !== null));
  };
  filtersChanged();
  return [hero(), filterBar('scenario, text'), changing];
}
