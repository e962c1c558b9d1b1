// Small pieces that several views are made of.

function badge(verdict, size) {
  return el('span', {class: `badge ${verdict} ${size || ''}`}, verdictWords[verdict]);
}

function scenarioAddress(scenario, evidence) {
  const address = new URLSearchParams({scenario: scenario.id});
  if (evidence) {
    address.set('frame', evidence.frame);
    address.set('link', evidence.link);
  }
  return `#${address}`;
}

function scenarioLink(scenario) {
  return el('a', {href: scenarioAddress(scenario), class: 'mono'}, scenario.id);
}

// Where a finding's evidence is: "frame 17 on private, octet 43"; opens it.
function evidenceLink(scenario, evidence) {
  const octets = octetWords(evidence);
  const words = `frame ${evidence.frame} on ${evidence.link}${octets ? `, ${octets}` : ''}`;
  if (scenario.shown === 0) return el('span', {class: 'evidence'}, words);
  return el('a', {class: 'evidence', href: scenarioAddress(scenario, evidence)}, words);
}

function requirementHead(requirement, node, role) {
  const {document, title} = draftOf(requirement);
  return el('span', {class: 'requirement'},
            el('span', {class: 'id mono', title: `${document} §${requirement.section} ${title}`},
               requirement.id),
            el('span', {class: 'level'}, requirement.level),
            node ? el('span', {class: 'node'}, el('b', {}, node), role ? ` ${role}` : '') : null);
}

function draftOf(requirement) {
  const [tag, document, title] = campaign.drafts[requirement.draft];
  return {tag, document, title};
}

function source(requirement) {
  const {document} = draftOf(requirement);
  return `${document} §${requirement.section}`;
}

// What was expected and what was there instead; the requirement's own words are said once.
function comparison(finding) {
  const rows = [];
  if (finding.expected && finding.expected !== finding.requirement.text)
    rows.push(['expected', finding.expected]);
  if (finding.observed) rows.push(['observed', finding.observed]);
  if (finding.known) rows.push(['known', finding.known]);
  return el('dl', {class: 'comparison'},
            rows.map(([word, text]) => [el('dt', {}, word), el('dd', {}, text)]));
}

const barOrder = ['fail', 'error', 'warn', 'inconclusive', 'pass', 'not-applicable', 'untested'];

// Counts by verdict as a bar of the whole width, the worst first.
function bar(counts, total) {
  const shown = barOrder.filter(verdict => counts[verdict] > 0);
  const words = shown.map(verdict => `${counts[verdict]} ${verdictWords[verdict]}`).join(', ');
  return el('span', {class: 'bar', role: 'img', 'aria-label': words, title: words},
            shown.map(verdict => styled(el('i', {class: verdict}),
                                        {'flex-grow': counts[verdict] / total})));
}

function legend(counts) {
  return el('span', {class: 'legend'},
            barOrder.filter(verdict => counts[verdict] > 0)
                .map(verdict => el('span', {class: verdict}, el('b', {}, counts[verdict].toLocaleString('en')),
                                   ` ${verdictWords[verdict]}`)));
}

function section(title, note, ...children) {
  return el('section', {class: 'section'},
            el('h2', {}, title, note ? el('small', {}, note) : null), children);
}

function seconds(number) {
  return number >= 100 ? `${Math.round(number)} s` : `${number.toFixed(number >= 10 ? 1 : 2)} s`;
}
