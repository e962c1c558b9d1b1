// Which requirements were put to the test, by draft and section; the untested ones too.

function coverageCounts(list, worst) {
  const counts = {};
  for (const {index} of list) {
    const verdict = worst.get(index) || 'untested';
    counts[verdict] = (counts[verdict] || 0) + 1;
  }
  return counts;
}

const compareSections = new Intl.Collator('en', {numeric: true}).compare;

function grouped(list, key) {
  const groups = new Map();
  for (const one of list) {
    if (!groups.has(key(one))) groups.set(key(one), []);
    groups.get(key(one)).push(one);
  }
  return groups;
}

function checkedOf(list, worst) {
  const checked = list.filter(({index}) => ![undefined, 'not-applicable'].includes(worst.get(index)));
  return `${checked.length} of ${list.length}`;
}

// One requirement, its words on a click.
function requirementChip(requirement, worst) {
  const verdict = worst.get(requirement.index) || 'untested';
  return button(requirement.id, {class: `chip mono ${verdict}`, title: `${verdictWords[verdict]}: ` +
                (requirement.text || requirement.level) +
                (requirement.testable === 'no' ? ' (a tester cannot see it)' : '')},
                () => {
                  setFilter('requirement', requirement.id);
                  document.querySelector('input[name=requirement]').value = requirement.id;
                  document.getElementById('results').scrollIntoView();
                });
}

function coverageRow(type, title, list, worst, inside) {
  const body = el('div', {class: 'inside'});
  const row = el('details', {class: type}, el('summary', {},
                 el('span', {class: 'name'}, title),
                 bar(coverageCounts(list, worst), list.length),
                 el('span', {class: 'share'}, checkedOf(list, worst))), body);
  row.addEventListener('toggle', () => {
    if (row.open && body.childElementCount === 0) body.append(...inside());
  });
  return row;
}

function sectionRows(list, worst) {
  return [...grouped(list, requirement => requirement.section)]
      .sort(([a], [b]) => compareSections(a, b))
      .map(([name, requirementsThere]) => coverageRow(
          'coverage-section', `§${name}`, requirementsThere, worst,
          () => [el('div', {class: 'chips'},
                    requirementsThere.map(one => requirementChip(one, worst)))]));
}

function coverage() {
  const worst = requirementVerdicts(filters.node);
  const wanted = requirements.filter(
      requirement => requirementFits(requirement) &&
                     (filters.verdict === '' || worst.get(requirement.index) === filters.verdict));
  const drafts = [...grouped(wanted, requirement => requirement.draft)];
  const touched = drafts.filter(([, list]) => list.some(({index}) => worst.has(index)));
  const rows = touched.map(([draft, list]) => {
    const [tag, document, title] = campaign.drafts[draft];
    return coverageRow('coverage-draft',
                       [el('b', {class: 'mono'}, tag), el('span', {title: document}, title || document)],
                       list, worst, () => sectionRows(list, worst));
  });
  const others = drafts.length - touched.length;
  return section('Coverage', 'requirements checked, by draft and section',
                 el('div', {class: 'coverage'}, rows),
                 el('p', {class: 'note'}, legend(coverageCounts(wanted, worst)),
                    others > 0 ? ` ${count(others, 'more specification')} of mipvet's ledgers ` +
                                     'had nothing to judge here.'
                               : null));
}
