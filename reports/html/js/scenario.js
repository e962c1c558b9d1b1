// One scenario: its verdict, its findings, its ladder and the frame that is open.

const frameSets = {
  messages: ['Messages', frame => !quiet.includes(frame.shape.message.table.name) || withFinding(frame)],
  all: ['All frames', () => true],
  found: ['With findings', withFinding],
};
let frameSet = 'messages';
let ladder = null;  // of the scenario that is shown

function frameFits(recording, frame) {
  if (!frameSets[frameSet][1](frame)) return false;
  if (!textFits(frame.line, frame.link.name, frame.shape.message.table.name, String(frame.number)))
    return false;
  if (filters.node !== '' && ![frame.from, frame.to].some(
          node => nodeName(recording, node) === filters.node) &&
      !frame.cited.some(({finding}) => finding.node === filters.node))
    return false;
  const isTold = ['fail', 'warn', 'inconclusive'].includes(filters.verdict);
  if (filters.requirement === '' && !isTold) return true;  // what passed cites no frames
  return frame.cited.some(({finding}) => findingFits(finding));
}

function facts(scenario) {
  const rows = [
    ['mode', {sim: 'simulated', live: 'live', capture: 'a capture'}[scenario.mode]],
    ['under test', scenario.iuts.join(', ')],
    ['frames', scenario.frames.toLocaleString('en') +
               (scenario.shown > 0 && scenario.shown < scenario.frames
                    ? `, ${scenario.shown.toLocaleString('en')} of them shown` : '')],
    ['time', seconds(scenario.duration_s)],
    ['seed', scenario.mode === 'capture' ? '' : String(scenario.seed)],
    ['jitter', scenario.jitter_s === null ? '' : `${(scenario.jitter_s * 1000).toFixed(2)} ms`],
    ['file', scenario.file],
    ['capture', scenario.capture || ''],
  ];
  return el('dl', {class: 'facts'}, rows.filter(([, value]) => value !== '')
      .map(([word, value]) => el('div', {}, el('dt', {}, word), el('dd', {}, value))));
}

function replay(scenario) {
  if (!scenario.replay) return null;
  return el('p', {class: 'replay'}, el('code', {}, scenario.replay),
            button('Copy', {class: 'quiet'}, event => {
              const done = () => { event.target.textContent = 'Copied'; };
              if (navigator.clipboard) navigator.clipboard.writeText(scenario.replay).then(done, () => {});
            }));
}

function findingRow(finding) {
  return el('tr', {class: finding.verdict}, el('td', {}, badge(finding.verdict, 'small')),
            el('td', {}, requirementHead(finding.requirement, finding.node, finding.role),
               el('p', {class: 'text'}, finding.requirement.text), comparison(finding)),
            el('td', {class: 'places'},
               finding.frames.map(evidence => evidenceLink(finding.scenario, evidence))));
}

function plainFinding(finding) {
  return el('tr', {}, el('td', {class: 'mono'}, finding.requirement.id),
            el('td', {}, finding.requirement.level), el('td', {}, finding.node),
            el('td', {class: 'number'}, finding.evaluated === 0 ? '' : `${finding.evaluated}×`),
            el('td', {class: 'text'}, finding.requirement.text));
}

// Hundreds that passed: drawn when they are asked for.
function plainFindings(verdict, findings) {
  if (findings.length === 0) return null;
  const fold = el('details', {class: 'fold plain'},
                  el('summary', {}, `${count(findings.length, 'requirement')} ${verdictWords[verdict]}`));
  fold.addEventListener('toggle', () => {
    if (fold.open && fold.childElementCount === 1)
      fold.append(el('div', {class: 'wide'}, el('table', {}, el('tbody', {}, findings.map(plainFinding)))));
  });
  return fold;
}

function findingsView(scenario) {
  const fitting = scenario.all().filter(findingFits);
  const of = verdict => fitting.filter(finding => finding.verdict === verdict);
  const telling = ['fail', 'warn', 'inconclusive'].flatMap(of);
  return el('div', {id: 'findings'},
            telling.length === 0 ? null
                                 : el('div', {class: 'wide'}, el('table', {class: 'findings'},
                                      el('tbody', {}, telling.map(findingRow)))),
            plainFindings('pass', of('pass')), plainFindings('not-applicable', of('not-applicable')));
}

function frameSetSwitch(recording, changed) {
  return el('span', {class: 'switch', role: 'group', 'aria-label': 'Frames shown'},
            Object.entries(frameSets).map(([name, [word, fits]]) => button(
                [word, el('small', {}, recording.frames.filter(fits).length.toLocaleString('en'))],
                {'aria-pressed': String(name === frameSet), 'data-set': name},
                event => {
                  frameSet = name;
                  for (const one of event.currentTarget.parentElement.children)
                    one.setAttribute('aria-pressed', String(one.dataset.set === name));
                  changed();
                })));
}

// Frames are named by number and link: several captures have each their own numbers.
function frameNamed(recording, number, link) {
  return recording.frames.find(frame => frame.number === number && (!link || frame.link.name === link)) ||
         null;
}

function scenarioView(scenario) {
  const findings = el('div', {});
  const recording = recordingOf(scenario);
  const stage = el('div', {class: 'stage', id: 'stage'});
  const head = el('section', {class: `scenario-head ${scenario.verdict}`},
                  el('p', {class: 'line-one'}, badge(scenario.verdict),
                     el('span', {class: 'mono'}, scenario.id)),
                  el('h1', {}, scenario.title),
                  scenario.reason ? el('p', {class: 'reason'}, scenario.reason) : null,
                  facts(scenario), replay(scenario));
  const showFindings = () => findings.replaceChildren(findingsView(scenario));
  filtersChanged = showFindings;
  showFindings();
  if (recording === null || recording.frames.length === 0)
    return [head, filterBar('frames'), section('Findings', '', findings),
            el('p', {class: 'empty'}, 'No frames were kept of this scenario.')];

  const address = frame => scenarioAddress(
      scenario, frame ? {frame: frame.number, link: frame.link.name} : null);
  ladder = new Ladder(recording, frame => go(address(frame)));
  ladder.close = () => go(address(null));
  ladder.goTo = frame => { if (frame) go(address(frame), true); };
  const showFrames = () => ladder.show(recording.frames.filter(frame => frameFits(recording, frame)));
  filtersChanged = () => {
    showFindings();
    showFrames();
  };
  ladder.openFrame = frame => {
    if (frame && !ladder.places.has(frame)) {
      frameSet = 'all';
      shown.drawn = false;
      return route();
    }
    for (const panel of stage.querySelectorAll('.panel')) panel.remove();
    const wasOpen = stage.classList.contains('open');
    if (frame) stage.append(framePanel(recording, frame, ladder.close));
    stage.classList.toggle('open', frame !== null);
    if (wasOpen !== (frame !== null)) ladder.layOut();
    ladder.select(frame);
  };
  stage.append(ladder.scroller);
  showFrames();
  return [head, filterBar('frames'), section('Findings', '', findings),
          el('section', {class: 'section run'},
             el('h2', {}, 'Frames', frameSetSwitch(recording, showFrames)), stage)];
}
