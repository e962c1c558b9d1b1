// The page: its top, its themes, and which view the address names.

const themes = ['system', 'light', 'dark'];
let theme = 'system';

// A file may be opened where nothing can be kept.
function kept(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    localStorage.setItem(name, value);
  } catch {
    return null;
  }
  return value;
}

function setTheme(name) {
  theme = themes.includes(name) ? name : 'system';
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const shows = document.getElementById('theme');
  if (shows) shows.textContent = `${theme[0].toUpperCase()}${theme.slice(1)} theme`;
}

function nextTheme() {
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]);
  kept('mipvet-theme', theme);
}

function topBar(scenario) {
  const here = scenario ? scenarios.indexOf(scenario) : -1;
  const neighbour = (at, sign, word) => scenarios[at]
      ? el('a', {href: scenarioAddress(scenarios[at]), title: word, 'aria-label': word}, sign)
      : el('span', {class: 'off'}, sign);
  return [
    el('a', {class: 'brand', href: '#'}, el('b', {}, 'mipvet'), ` ${campaign.mipvet}`),
    el('nav', {'aria-label': 'Where'},
       scenario ? [el('a', {href: '#'}, 'Overview'), el('span', {class: 'slash'}, '/'),
                   el('span', {class: 'mono here'}, scenario.id)]
                : el('span', {class: 'here'}, 'Conformance report')),
    scenario ? el('span', {class: 'steps'}, neighbour(here - 1, '←', 'Previous scenario ([)'),
                  el('small', {}, `${here + 1} of ${scenarios.length}`),
                  neighbour(here + 1, '→', 'Next scenario (])'))
             : null,
    button('', {id: 'theme', class: 'quiet', title: 'Switch the theme (t)'}, nextTheme),
    button('?', {class: 'quiet', title: 'Keys (?)', 'aria-label': 'Keys'}, help),
  ].filter(part => part !== null);
}

const shown = {scenario: null};

// At once, and not when the browser comes to tell of the new address: the next key may be there first.
// Steps from frame to frame leave no trail in the history.
function go(address, isStep) {
  if (isStep) location.replace(address || '#');
  else location.hash = address;
  route();
}

// From the address to the view: nothing for the overview, #scenario=ID, #scenario=ID&frame=N&link=NAME.
function route() {
  if (shown.address === location.hash && shown.drawn) return;
  shown.address = location.hash;
  const address = new URLSearchParams(location.hash.slice(1));
  const scenario = campaign.scenarios.find(({id}) => id === address.get('scenario')) || null;
  const id = scenario ? scenario.id : null;
  if (shown.scenario !== id || !shown.drawn) {
    shown.scenario = id;
    shown.drawn = true;
    ladder = null;
    filters = scenario ? {...noFilters} : overviewFilters;
    document.getElementById('top').replaceChildren(...topBar(scenario));
    setTheme(theme);
    document.title = `mipvet: ${scenario ? `${scenario.id} ${verdictWords[scenario.verdict]}`
                                         : campaign.verdict}`;
    document.getElementById('main').replaceChildren(...(scenario ? scenarioView(scenario) : overview()));
    window.scrollTo(0, 0);
  }
  if (!ladder) return;
  const number = Number(address.get('frame'));
  const frame = number > 0 ? frameNamed(recordingOf(scenario), number, address.get('link')) : null;
  const wasOpen = ladder.opened !== null;
  ladder.openFrame(frame);
  if (frame && !wasOpen) document.querySelector('.run').scrollIntoView();
}

window.addEventListener('beforeprint', () => ladder && ladder.print());
window.addEventListener('afterprint', () => ladder && ladder.printed());
window.addEventListener('hashchange', route);
setTheme(kept('mipvet-theme'));
route();
