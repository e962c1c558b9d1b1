// The keyboard does all that the mouse does.

const keys = [
  ['/', 'search'],
  ['j  k  or  ↓  ↑', 'next and previous frame'],
  ['n  p', 'next and previous frame with a finding'],
  ['[  ]', 'previous and next scenario'],
  ['Esc', 'close the frame, then the scenario'],
  ['t', 'light, dark, or as the system has it'],
  ['?', 'this help'],
];

function help() {
  const dialog = document.getElementById('help');
  if (dialog.open) return dialog.close();
  dialog.replaceChildren(
      el('h2', {}, 'Keys'),
      el('table', {}, el('tbody', {}, keys.map(([key, does]) =>
          el('tr', {}, el('td', {}, el('kbd', {}, key)), el('td', {}, does))))),
      el('form', {method: 'dialog'}, el('button', {}, 'Close')));
  dialog.showModal();
}

function step(number) {
  const here = scenarios.findIndex(scenario => scenario.id === shown.scenario);
  const next = scenarios[here < 0 ? (number > 0 ? 0 : scenarios.length - 1) : here + number];
  if (next) go(scenarioAddress(next));
}

const actions = {
  '/': () => document.getElementById('search').focus(),
  j: () => ladder && ladder.goTo(ladder.next(1)),
  k: () => ladder && ladder.goTo(ladder.next(-1)),
  ArrowDown: () => ladder && ladder.goTo(ladder.next(1)),
  ArrowUp: () => ladder && ladder.goTo(ladder.next(-1)),
  n: () => ladder && ladder.goTo(ladder.next(1, withFinding)),
  p: () => ladder && ladder.goTo(ladder.next(-1, withFinding)),
  ']': () => step(1),
  '[': () => step(-1),
  t: () => nextTheme(),
  '?': () => help(),
  Escape: () => {
    if (ladder && ladder.opened) ladder.close();
    else if (shown.scenario) go('');
  },
};

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.getElementById('help').open && event.key !== '?') return;
  const isTyping = event.target.closest('input, select, textarea') !== null;
  if (isTyping) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  // Arrows scroll the page where no ladder is in use, and the frame that is read.
  const isArrow = event.key.startsWith('Arrow');
  if (isArrow && !event.target.closest('.ladder') && !(ladder && ladder.opened)) return;
  if (isArrow && event.target.closest('.panel')) return;
  const act = actions[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
