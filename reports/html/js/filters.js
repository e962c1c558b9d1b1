// The filters of the view that is shown. Whoever shows something filtered asks here.

const noFilters = {text: '', node: '', requirement: '', verdict: ''};
const overviewFilters = {...noFilters};  // kept while scenarios are looked at
let filters = overviewFilters;
let filtersChanged = () => {};

function setFilter(name, value) {
  if (filters[name] === value) return;
  filters[name] = value;
  filtersChanged();
}

function clearFilters() {
  Object.assign(filters, noFilters);
  filtersChanged();
}

const isFiltered = () => Object.values(filters).some(value => value !== '');
const holds = (text, part) => text.toLowerCase().includes(part.toLowerCase());

function requirementFits(requirement) {
  return filters.requirement === '' || holds(requirement.id, filters.requirement);
}

function findingFits(finding) {
  return (filters.node === '' || finding.node === filters.node) &&
         requirementFits(finding.requirement) &&
         (filters.verdict === '' || finding.verdict === filters.verdict);
}

function textFits(...texts) {
  return filters.text === '' || texts.some(text => holds(text, filters.text));
}

function scenarioFits(scenario) {
  if (!textFits(scenario.id, scenario.title, scenario.reason)) return false;
  if (filters.verdict === '' && filters.node === '' && filters.requirement === '') return true;
  if (filters.node === '' && filters.requirement === '')
    return scenario.verdict === filters.verdict || (scenario.counts[filters.verdict] || 0) > 0;
  return scenario.all().some(findingFits);
}

const filterNodes = [...new Set(campaign.scenarios.flatMap(
    ({findings}) => findings.filter((_, at) => at % 4 === 1)))].map(i => campaign.names[i]).sort();

function choice(name, label, values) {
  return el('label', {class: 'field'}, el('span', {}, label),
            el('select', {name, onchange: event => setFilter(name, event.target.value)},
               el('option', {value: ''}, 'any'),
               values.map(([value, word]) =>
                   el('option', {value, selected: filters[name] === value}, word))));
}

function input(name, label, attributes) {
  return el('label', {class: 'field'}, el('span', {}, label),
            el('input', {name, type: 'search', value: filters[name], autocomplete: 'off',
                         spellcheck: 'false', ...attributes,
                         oninput: event => setFilter(name, event.target.value.trim())}));
}

function filterBar(textLabel) {
  const judged = requirements.filter(({index}) => campaign.texts[index]);
  return el('form', {class: 'filters', 'aria-label': 'Filters', role: 'search',
                     onsubmit: event => event.preventDefault()},
            input('text', 'Search', {placeholder: textLabel, id: 'search'}),
            choice('node', 'Node', filterNodes.map(node => [node, node])),
            input('requirement', 'Requirement', {placeholder: 'MIPP-2.2…', list: 'requirement-ids'}),
            choice('verdict', 'Verdict',
                   ['fail', 'warn', 'inconclusive', 'pass', 'not-applicable', 'error']
                       .map(verdict => [verdict, verdictWords[verdict]])),
            button('Clear', {class: 'quiet', id: 'clear', title: 'Clear all filters'}, () => {
              clearFilters();
              const form = document.querySelector('.filters');
              for (const field of form.querySelectorAll('input, select')) field.value = '';
            }),
            el('datalist', {id: 'requirement-ids'}, judged.map(({id}) => el('option', {value: id}))));
}
